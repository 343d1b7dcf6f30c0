"""Networks: VPC, subnets, routes, security groups, endpoints, flow logs. The embedded AWS keeps them as
records.
"""

from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import ON_DESTROY, Created, creates
from rehearsal.program.inputs import Declared, Inputs

_ANYWHERE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def _tagged(kind: str, declared: Declared) -> dict[str, Any]:
    tags = declared.tag_list()
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


@creates("aws:ec2/vpc:Vpc")
def vpc(declared: Declared, account: Account) -> Created:
    """A network; what AWS creates along with it is looked up, as programs lock the default group down."""
    ec2 = account.client("ec2")
    made = ec2.create_vpc(**declared.to_aws("cidrBlock", "instanceTenancy"), **_tagged("vpc", declared))[
        "Vpc"
    ]["VpcId"]
    # The provider's defaults: support on, host names off.
    ec2.modify_vpc_attribute(VpcId=made, EnableDnsSupport={"Value": declared.take("enableDnsSupport", True)})
    ec2.modify_vpc_attribute(
        VpcId=made, EnableDnsHostnames={"Value": declared.take("enableDnsHostnames", False)}
    )
    within = {"Filters": [{"Name": "vpc-id", "Values": [made]}]}
    group = ec2.describe_security_groups(**within)["SecurityGroups"][0]["GroupId"]
    table = ec2.describe_route_tables(**within)["RouteTables"][0]["RouteTableId"]
    acl = ec2.describe_network_acls(**within)["NetworkAcls"][0]["NetworkAclId"]
    outputs = {"arn": account.arn("ec2", f"vpc/{made}"), "ownerId": account.place.account_id}
    defaults = {"defaultSecurityGroupId": group, "defaultNetworkAclId": acl}
    return Created(made, outputs | defaults | {"mainRouteTableId": table, "defaultRouteTableId": table})


@creates("aws:ec2/subnet:Subnet")
def subnet(declared: Declared, account: Account) -> Created:
    """A private subnet; public addresses on launch are refused."""
    declared.expect("mapPublicIpOnLaunch", False)
    parameters = declared.to_aws("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId")
    made = account.client("ec2").create_subnet(**parameters, **_tagged("subnet", declared))["Subnet"][
        "SubnetId"
    ]
    return Created(made, {"arn": account.arn("ec2", f"subnet/{made}"), "ownerId": account.place.account_id})


@creates("aws:ec2/routeTable:RouteTable")
def route_table(declared: Declared, account: Account) -> Created:
    """A route table without routes of its own: gateway endpoints add theirs."""
    declared.expect("routes", [])
    made = account.client("ec2").create_route_table(
        VpcId=declared.require("vpcId"), **_tagged("route-table", declared)
    )
    table = made["RouteTable"]["RouteTableId"]
    return Created(
        table, {"arn": account.arn("ec2", f"route-table/{table}"), "ownerId": account.place.account_id}
    )


@creates("aws:ec2/routeTableAssociation:RouteTableAssociation")
def route_table_association(declared: Declared, account: Account) -> Created:
    """A subnet's route table."""
    made = account.client("ec2").associate_route_table(**declared.to_aws("routeTableId", "subnetId"))
    return Created(made["AssociationId"])


@creates("aws:ec2/securityGroup:SecurityGroup")
def security_group(declared: Declared, account: Account) -> Created:
    """A security group; the provider removes the rule that AWS adds, which lets everything out."""
    ec2 = account.client("ec2")
    declared.ignore("revokeRulesOnDelete", ON_DESTROY)
    name = declared.physical_name(255)
    description = declared.take("description", "Managed by Pulumi")
    made = ec2.create_security_group(
        GroupName=name,
        Description=description,
        VpcId=declared.require("vpcId"),
        **_tagged("security-group", declared),
    )["GroupId"]
    ec2.revoke_security_group_egress(GroupId=made, IpPermissions=_ANYWHERE)
    _authorize(ec2, made, declared)
    outputs = {"arn": account.arn("ec2", f"security-group/{made}"), "name": name, "description": description}
    return Created(made, outputs | {"ownerId": account.place.account_id})


def _authorize(ec2: Any, group: str, declared: Declared) -> None:
    inward = [_permission(rule, group) for rule in declared.blocks("ingress")]
    outward = [_permission(rule, group) for rule in declared.blocks("egress")]
    if inward:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=inward)
    if outward:
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=outward)


def _permission(rule: Inputs, own_group: str) -> dict[str, Any]:
    permission = rule.verbatim(protocol="IpProtocol", fromPort="FromPort", toPort="ToPort")
    note = rule.verbatim(description="Description")
    groups = [*rule.take("securityGroups", []), *([own_group] if rule.take("self") else [])]
    permission["IpRanges"] = [{"CidrIp": cidr, **note} for cidr in rule.take("cidrBlocks", [])]
    permission["PrefixListIds"] = [
        {"PrefixListId": found, **note} for found in rule.take("prefixListIds", [])
    ]
    permission["UserIdGroupPairs"] = [{"GroupId": group, **note} for group in groups]
    return permission


@creates("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
def default_security_group(declared: Declared, account: Account) -> Created:
    """Adopts the group every VPC is born with: all of its rules go, the declared ones come."""
    ec2 = account.client("ec2")
    declared.ignore("revokeRulesOnDelete", ON_DESTROY)
    filters = [
        {"Name": "vpc-id", "Values": [declared.require("vpcId")]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    found = ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]
    group = found["GroupId"]
    if found.get("IpPermissions"):
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=found["IpPermissions"])
    if found.get("IpPermissionsEgress"):
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=found["IpPermissionsEgress"])
    _authorize(ec2, group, declared)
    if declared.tag_list():
        ec2.create_tags(Resources=[group], Tags=declared.tag_list())
    return Created(group, {"arn": account.arn("ec2", f"security-group/{group}"), "name": "default"})


@creates("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
def ingress_rule(declared: Declared, account: Account) -> Created:
    """One rule inwards."""
    return _rule(declared, account, "authorize_security_group_ingress")


@creates("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
def egress_rule(declared: Declared, account: Account) -> Created:
    """One rule outwards."""
    return _rule(declared, account, "authorize_security_group_egress")


def _rule(declared: Declared, account: Account, operation: str) -> Created:
    permission = declared.to_aws("ipProtocol", "fromPort", "toPort")
    note = declared.verbatim(description="Description")
    for name, field, key in (
        ("cidrIpv4", "IpRanges", "CidrIp"),
        ("cidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("prefixListId", "PrefixListIds", "PrefixListId"),
        ("referencedSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        peer = declared.take(name)
        if peer is not None:
            permission[field] = [{key: peer, **note}]
    group = declared.require("securityGroupId")
    call = getattr(account.client("ec2"), operation)
    made = call(GroupId=group, IpPermissions=[permission], **_tagged("security-group-rule", declared))
    rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    arn = account.arn("ec2", f"security-group-rule/{rule}")
    return Created(rule, {"arn": arn, "securityGroupRuleId": rule})


@creates("aws:ec2/vpcEndpoint:VpcEndpoint")
def vpc_endpoint(declared: Declared, account: Account) -> Created:
    """A gateway or interface endpoint; its prefix list is AWS's own for the service."""
    ec2 = account.client("ec2")
    parameters = declared.to_aws(
        "vpcId", "serviceName", "vpcEndpointType", "subnetIds", "securityGroupIds", "routeTableIds",
        "privateDnsEnabled", policy="PolicyDocument",
    )  # fmt: skip
    if parameters.get("VpcEndpointType") == "Interface":
        parameters.setdefault("PrivateDnsEnabled", False)  # the provider's default, not EC2's
    made = ec2.create_vpc_endpoint(**parameters, **_tagged("vpc-endpoint", declared))["VpcEndpoint"][
        "VpcEndpointId"
    ]
    lists = ec2.describe_prefix_lists()["PrefixLists"]
    prefix = next(
        (found["PrefixListId"] for found in lists if found["PrefixListName"] == parameters["ServiceName"]),
        None,
    )
    outputs = {"arn": account.arn("ec2", f"vpc-endpoint/{made}"), "state": "available"}
    return Created(made, outputs | ({"prefixListId": prefix} if prefix else {}))


@creates("aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation")
def vpc_endpoint_route_table(declared: Declared, account: Account) -> Created:
    """One more route table for a gateway endpoint."""
    endpoint, table = declared.require("vpcEndpointId"), declared.require("routeTableId")
    account.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[table])
    return Created(f"a-{endpoint}{table}")


@creates("aws:ec2/flowLog:FlowLog")
def flow_log(declared: Declared, account: Account) -> Created:
    """Flow logs of a VPC, kept as a record: nothing flows."""
    parameters = declared.to_aws(
        "trafficType", "logDestinationType", "logDestination", "logFormat", "maxAggregationInterval",
        iamRoleArn="DeliverLogsPermissionArn",
    )  # fmt: skip
    made = account.client("ec2").create_flow_logs(
        ResourceIds=[declared.require("vpcId")],
        ResourceType="VPC",
        **parameters,
        **_tagged("vpc-flow-log", declared),
    )["FlowLogIds"][0]
    return Created(made, {"arn": account.arn("ec2", f"vpc-flow-log/{made}")})
