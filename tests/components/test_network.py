"""The private network: no way in, no way out but the endpoints."""

import ipaddress
import json
from typing import Any

import pytest

from components.blocks.endpoints import INTERFACES
from components.network import subnet_blocks
from rehearsal.program.deployment import Deployment

# Networking, tracing and polling are done by the Lambda service, outside our network.
CALLED_BY_LAMBDA_ITSELF = {"ec2", "xray", "sqs"}


def test_there_is_no_gateway_by_which_to_reach_the_internet(declared: Deployment) -> None:
    ways_out = ("InternetGateway", "NatGateway", "EgressOnlyInternetGateway", "Eip", "Route")
    declared_ways = [
        resource.urn
        for resource in declared.resources
        if resource.type.startswith("aws:ec2/") and resource.type.split(":")[-1] in ways_out
    ]
    assert not declared_ways


def test_every_zone_has_one_private_subnet_without_public_addresses(declared: Deployment) -> None:
    subnets = declared.of_type("aws:ec2/subnet:Subnet")
    assert len({subnet.inputs["availabilityZone"] for subnet in subnets}) == len(subnets) >= 2
    assert all(subnet.inputs["mapPublicIpOnLaunch"] is False for subnet in subnets)


def test_no_rule_lets_anybody_in_or_out_by_address(declared: Deployment) -> None:
    for kind in ("SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        rules = declared.of_type(f"aws:vpc/{kind[0].lower()}{kind[1:]}:{kind}")
        assert rules
        assert not [rule.name for rule in rules if "cidrIpv4" in rule.inputs or "cidrIpv6" in rule.inputs]


def test_the_default_security_group_has_no_rules_at_all(declared: Deployment) -> None:
    [group] = declared.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group.inputs["ingress"] == [] and group.inputs["egress"] == []


def test_every_endpoint_has_a_policy_for_this_account(declared: Deployment) -> None:
    for endpoint in declared.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        statement = json.loads(endpoint.inputs["policy"])["Statement"][0]
        condition = statement["Condition"]
        assert condition == {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, endpoint.name


def test_interface_endpoints_stand_in_every_zone_with_private_names(declared: Deployment) -> None:
    subnets = {subnet.id for subnet in declared.of_type("aws:ec2/subnet:Subnet")}
    endpoints = declared.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    interfaces = [each for each in endpoints if each.inputs["vpcEndpointType"] == "Interface"]
    assert len(interfaces) >= 10
    for endpoint in interfaces:
        assert set(endpoint.inputs["subnetIds"]) == subnets and endpoint.inputs["privateDnsEnabled"] is True


def test_all_traffic_of_the_network_is_written_to_an_encrypted_log(declared: Deployment) -> None:
    [flow_log] = declared.of_type("aws:ec2/flowLog:FlowLog")
    group = declared.named("aws:cloudwatch/logGroup:LogGroup", "flow-logs")
    assert flow_log.inputs["trafficType"] == "ALL"
    assert flow_log.inputs["logDestination"] == group.outputs["arn"]


def test_every_service_that_a_function_calls_has_an_endpoint(
    declared: Deployment, policies: list[tuple[str, dict[str, Any]]]
) -> None:
    functions = {function.inputs["name"] for function in declared.of_type("aws:lambda/function:Function")}
    called = {
        action.split(":")[0]
        for role, statement in policies
        if role in functions
        for action in statement["Action"]
    }
    reached = {"s3", "dynamodb", *INTERFACES.values()}
    assert called - reached <= CALLED_BY_LAMBDA_ITSELF


@pytest.mark.parametrize("zones", [2, 3, 6])
def test_subnets_of_a_network_lie_inside_it_and_apart(zones: int) -> None:
    blocks = [ipaddress.ip_network(block) for block in subnet_blocks("10.40.0.0/16", zones)]
    assert len(blocks) == zones
    assert all(block.subnet_of(ipaddress.ip_network("10.40.0.0/16")) for block in blocks)
    assert not any(a.overlaps(b) for a in blocks for b in blocks if a != b)
