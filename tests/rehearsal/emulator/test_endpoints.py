"""Calls from inside a VPC: by which endpoint they leave it, what policies see of it, and what has no way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account, policy
from tests.rehearsal.networks import Vpc

READER = """
import boto3
from botocore.config import Config
def handler(event, context):
    once = Config(retries={"total_max_attempts": 1})
    boto3.client("s3", config=once).get_object(Bucket=event["bucket"], Key="a")
    return "read"
"""
SENDER = """
import boto3
from botocore.config import Config
def handler(event, context):
    once = Config(retries={"total_max_attempts": 1})
    boto3.client("sqs", config=once).send_message(QueueUrl=event["queue"], MessageBody="m")
    return "sent"
"""


@pytest.fixture
def vpc(aws: Account) -> Vpc:
    return Vpc.make(aws)


def call(vpc: Vpc, source: str, event: dict[str, Any]) -> Any:
    """Invoke a new function in this network: what it returns, or its error as (type, message)."""
    aws = vpc.aws
    role_arn = aws.role("lambda", "s3:*", "sqs:*", "ec2:*")
    function_arn = aws.function(source, role_arn, VpcConfig=vpc.config)
    answer = aws.client("lambda").invoke(FunctionName=function_arn, Payload=json.dumps(event))
    body = json.load(answer["Payload"])
    return (body["errorType"], body["errorMessage"]) if "FunctionError" in answer else body


def only_by(key: str, value: str, bucket: str) -> dict[str, Any]:
    """Deny whatever doesn't come by the endpoint or VPC."""
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    condition = {"StringNotEquals": {key: value}}
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": resources,
        "Condition": condition,
    }


def filled_bucket(aws: Account) -> str:
    bucket = aws.bucket()
    aws.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    return bucket


@pytest.mark.parametrize("key", ["aws:SourceVpce", "aws:SourceVpc"])
def test_a_bucket_can_be_held_to_one_endpoint_or_vpc(aws: Account, vpc: Vpc, key: str) -> None:
    endpoint_id, bucket = vpc.gateway(), filled_bucket(aws)
    wanted = endpoint_id if key == "aws:SourceVpce" else vpc.vpc_id
    put = aws.client("s3").put_bucket_policy
    put(Bucket=bucket, Policy=policy(only_by(key, wanted, bucket)))
    assert call(vpc, READER, {"bucket": bucket}) == "read"
    put(Bucket=bucket, Policy=policy(only_by(key, "vpce-another", bucket)))
    error_type, message = call(vpc, READER, {"bucket": bucket})
    assert error_type == "AccessDenied"
    assert "explicit deny in a resource-based policy" in message


def test_a_machine_and_the_console_come_by_no_endpoint(aws: Account, vpc: Vpc) -> None:
    endpoint_id, bucket = vpc.gateway(), filled_bucket(aws)
    aws.client("s3").put_bucket_policy(
        Bucket=bucket, Policy=policy(only_by("aws:SourceVpce", endpoint_id, bucket))
    )
    read = aws.task("arn:aws:states:::aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "a"})
    assert "explicit deny" in aws.run(read)["cause"]
    with pytest.raises(ClientError, match="explicit deny"):
        aws.user("s3:*").client("s3").get_object(Bucket=bucket, Key="a")


def test_a_function_outside_of_all_vpcs_needs_no_endpoint(aws: Account) -> None:
    function_arn = aws.function(READER, aws.role("lambda", "s3:*"))
    event = json.dumps({"bucket": filled_bucket(aws)})
    answer = aws.client("lambda").invoke(FunctionName=function_arn, Payload=event)
    assert json.load(answer["Payload"]) == "read"


def test_calls_are_counted_by_the_endpoint_they_came_by(aws: Account, vpc: Vpc) -> None:
    endpoint_id = vpc.gateway()
    call(vpc, READER, {"bucket": filled_bucket(aws)})
    found = aws.emulator.control("GET", "access")["endpoints"]
    assert [one for one in found if one["endpoint"] == endpoint_id] == [
        {"endpoint": endpoint_id, "service": "s3", "calls": 1}
    ]


def test_a_call_to_a_service_without_an_endpoint_times_out_and_says_which_is_missing(
    aws: Account, vpc: Vpc
) -> None:
    url, _ = aws.queue()
    error_type, message = call(vpc, SENDER, {"queue": url})
    assert error_type == "ConnectTimeoutError"
    assert f"{vpc.vpc_id} has no VPC endpoint for com.amazonaws.eu-west-1.sqs" in message
    vpc.interface("sqs")
    assert call(vpc, SENDER, {"queue": url}) == "sent"


def test_calls_that_nothing_answered_are_on_record_with_what_is_missing(aws: Account, vpc: Vpc) -> None:
    call(vpc, SENDER, {"queue": aws.queue()[0]})
    found = aws.emulator.control("GET", "access")["unreachable"]
    entry = next(one for one in found if vpc.vpc_id in one["reason"])
    assert (entry["service"], entry["calls"]) == ("sqs", 1)
    assert ":role/role-" in entry["principal"]


def test_an_endpoint_policy_limits_what_passes_through_it(aws: Account, vpc: Vpc) -> None:
    bucket, other = filled_bucket(aws), filled_bucket(aws)
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    vpc.gateway(PolicyDocument=policy(allowed))
    assert call(vpc, READER, {"bucket": bucket}) == "read"
    error_type, message = call(vpc, READER, {"bucket": other})
    assert error_type == "AccessDenied"
    assert "no VPC endpoint policy allows the s3:GetObject action" in message


def test_an_endpoint_policy_sees_whose_account_asks(aws: Account, vpc: Vpc) -> None:
    bucket = filled_bucket(aws)
    stranger = {"StringEquals": {"aws:PrincipalAccount": "999999999999"}}
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": stranger}
    vpc.gateway(PolicyDocument=policy(allowed))
    assert "no VPC endpoint policy" in call(vpc, READER, {"bucket": bucket})[1]


def test_a_gateway_serves_only_the_route_tables_it_is_in(aws: Account, vpc: Vpc) -> None:
    vpc.gateway(RouteTableIds=[])
    _, message = call(vpc, READER, {"bucket": filled_bucket(aws)})
    assert f"isn't in {vpc.table_id}, the route table of {vpc.subnet_id}" in message


def test_an_interface_without_private_dns_is_passed_by(aws: Account, vpc: Vpc) -> None:
    vpc.interface("sqs", PrivateDnsEnabled=False)
    assert "has no private DNS" in call(vpc, SENDER, {"queue": aws.queue()[0]})[1]


@pytest.mark.parametrize(
    ("direction", "said"), [("egress", "no egress rule"), ("ingress", "no ingress rule")]
)
def test_security_groups_on_both_sides_must_let_tls_pass(
    aws: Account, vpc: Vpc, direction: str, said: str
) -> None:
    vpc.interface("sqs")
    itself = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": vpc.group_id}]}
    everywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    revoke = getattr(vpc.ec2, f"revoke_security_group_{direction}")
    revoke(GroupId=vpc.group_id, IpPermissions=[everywhere if direction == "egress" else itself])
    assert said in call(vpc, SENDER, {"queue": aws.queue()[0]})[1]


def test_the_prefix_list_of_s3_in_an_egress_rule_opens_the_gateway(aws: Account, vpc: Vpc) -> None:
    vpc.gateway()
    everywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    vpc.ec2.revoke_security_group_egress(GroupId=vpc.group_id, IpPermissions=[everywhere])
    bucket = filled_bucket(aws)
    assert "no egress rule" in call(vpc, READER, {"bucket": bucket})[1]
    lists = vpc.ec2.describe_prefix_lists()["PrefixLists"]
    s3 = next(one for one in lists if one["PrefixListName"] == "com.amazonaws.eu-west-1.s3")
    tls = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    rule = tls | {"PrefixListIds": [{"PrefixListId": s3["PrefixListId"]}]}
    vpc.ec2.authorize_security_group_egress(GroupId=vpc.group_id, IpPermissions=[rule])
    assert call(vpc, READER, {"bucket": bucket}) == "read"


def test_a_route_to_a_nat_gateway_leads_out_without_an_endpoint(aws: Account, vpc: Vpc) -> None:
    nat = vpc.ec2.create_nat_gateway(SubnetId=vpc.subnet_id, AllocationId="eipalloc-1")["NatGateway"]
    vpc.ec2.create_route(
        RouteTableId=vpc.table_id, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat["NatGatewayId"]
    )
    bucket = filled_bucket(aws)
    assert call(vpc, READER, {"bucket": bucket}) == "read"
    aws.client("s3").put_bucket_policy(
        Bucket=bucket, Policy=policy(only_by("aws:SourceVpc", vpc.vpc_id, bucket))
    )
    assert "explicit deny" in call(vpc, READER, {"bucket": bucket})[1]


def test_a_blocked_endpoint_with_private_dns_is_not_passed_by_for_the_nat_gateway(
    aws: Account, vpc: Vpc
) -> None:
    nat = vpc.ec2.create_nat_gateway(SubnetId=vpc.subnet_id, AllocationId="eipalloc-1")["NatGateway"]
    vpc.ec2.create_route(
        RouteTableId=vpc.table_id, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat["NatGatewayId"]
    )
    group = vpc.ec2.create_security_group(GroupName="shut", Description="shut", VpcId=vpc.vpc_id)["GroupId"]
    vpc.interface("sqs", SecurityGroupIds=[group])
    assert "no ingress rule" in call(vpc, SENDER, {"queue": aws.queue()[0]})[1]


def test_a_function_in_a_subnet_that_does_not_exist_is_refused(aws: Account, vpc: Vpc) -> None:
    elsewhere = vpc.config | {"SubnetIds": ["subnet-none"]}
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*'subnet-none' does not exist"):
        aws.function(READER, VpcConfig=elsewhere)


def test_a_function_whose_role_can_not_join_the_network_is_refused(aws: Account, vpc: Vpc) -> None:
    with pytest.raises(ClientError, match="permissions to call CreateNetworkInterface on EC2"):
        aws.function(READER, aws.role("lambda", "s3:*"), VpcConfig=vpc.config)


def test_private_dns_needs_host_names_and_no_other_endpoint_of_the_service(vpc: Vpc) -> None:
    vpc.interface("sqs")
    with pytest.raises(ClientError, match=r"InvalidParameter.*conflicting DNS domain for .*\.sqs in the VPC"):
        vpc.interface("sqs")
    vpc.ec2.modify_vpc_attribute(VpcId=vpc.vpc_id, EnableDnsHostnames={"Value": False})
    with pytest.raises(ClientError, match="requires both enableDnsSupport and enableDnsHostnames"):
        vpc.interface("sns")


def test_an_endpoint_shows_its_policy_groups_and_private_dns(vpc: Vpc) -> None:
    document = policy({"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"})
    made = vpc.interface("sqs", PolicyDocument=document, PrivateDnsEnabled=True)
    vpc.ec2.modify_vpc_endpoint(VpcEndpointId=made, PrivateDnsEnabled=False)
    found = vpc.ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]
    assert json.loads(found["PolicyDocument"]) == json.loads(document)
    assert [one["GroupId"] for one in found["Groups"]] == [vpc.group_id]
    assert found["PrivateDnsEnabled"] is False
