"""Networks are created as the provider creates them."""

from collections.abc import Callable

import pytest

from rehearsal.program.account import Account
from rehearsal.program.errors import RefusedError
from rehearsal.program.handlers.registry import Created

pytestmark = pytest.mark.rehearsal
Make = Callable[..., Created]


def _vpc(make: Make) -> str:
    return make("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16", enableDnsHostnames=True, tags={"Name": "n"}).id


def test_a_network_knows_the_group_and_table_it_was_born_with(make: Make, account: Account) -> None:
    made = make("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16", enableDnsHostnames=True)
    ec2 = account.client("ec2")
    group = ec2.describe_security_groups(GroupIds=[made.outputs["defaultSecurityGroupId"]])["SecurityGroups"][
        0
    ]
    assert (group["GroupName"], group["VpcId"]) == ("default", made.id)
    names = ec2.describe_vpc_attribute(VpcId=made.id, Attribute="enableDnsHostnames")
    assert names["EnableDnsHostnames"]["Value"] is True


def test_a_new_group_lets_nothing_out_until_a_rule_says_so(make: Make, account: Account) -> None:
    group = make("aws:ec2/securityGroup:SecurityGroup", vpcId=_vpc(make), description="jobs").id
    ec2 = account.client("ec2")
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"] == []
    make(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        securityGroupId=group,
        ipProtocol="tcp",
        fromPort=443,
        toPort=443,
        referencedSecurityGroupId=group,
    )
    out = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
    assert [rule["UserIdGroupPairs"][0]["GroupId"] for rule in out] == [group]


def test_adopting_the_default_group_takes_its_rules_away(make: Make, account: Account) -> None:
    group = make("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", vpcId=_vpc(make)).id
    found = account.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert (found["IpPermissions"], found["IpPermissionsEgress"]) == ([], [])


def test_a_gateway_endpoint_tells_its_prefix_list(make: Make) -> None:
    vpc = _vpc(make)
    table = make("aws:ec2/routeTable:RouteTable", vpcId=vpc).id
    subnet = make("aws:ec2/subnet:Subnet", vpcId=vpc, cidrBlock="10.0.1.0/24", availabilityZone="eu-west-1a")
    make("aws:ec2/routeTableAssociation:RouteTableAssociation", routeTableId=table, subnetId=subnet.id)
    service = "com.amazonaws.eu-west-1.s3"
    endpoint = make("aws:ec2/vpcEndpoint:VpcEndpoint", vpcId=vpc, serviceName=service, routeTableIds=[table])
    assert endpoint.outputs["prefixListId"].startswith("pl-")


def test_an_interface_endpoint_has_private_dns_only_where_it_is_declared(
    make: Make, account: Account
) -> None:
    service = {"serviceName": "com.amazonaws.eu-west-1.kms", "vpcEndpointType": "Interface"}
    vpc = _vpc(make)
    made = [
        make("aws:ec2/vpcEndpoint:VpcEndpoint", vpcId=vpc, **service, **declared).id
        for declared in ({}, {"privateDnsEnabled": True})
    ]
    found = account.client("ec2").describe_vpc_endpoints(VpcEndpointIds=made)["VpcEndpoints"]
    assert [one["PrivateDnsEnabled"] for one in found] == [False, True]


def test_a_subnet_with_public_addresses_is_refused(make: Make) -> None:
    with pytest.raises(RefusedError, match="mapPublicIpOnLaunch is True"):
        make("aws:ec2/subnet:Subnet", vpcId="v", cidrBlock="10.0.1.0/24", mapPublicIpOnLaunch=True)


def test_flow_logs_are_kept_for_a_network(make: Make, account: Account) -> None:
    made = make(
        "aws:ec2/flowLog:FlowLog",
        vpcId=_vpc(make),
        trafficType="ALL",
        logDestination=account.arn("logs", "log-group:flow"),
        iamRoleArn="arn:aws:iam::111122223333:role/flow",
    )
    found = account.client("ec2").describe_flow_logs(FlowLogIds=[made.id])["FlowLogs"][0]
    assert found["TrafficType"] == "ALL"
