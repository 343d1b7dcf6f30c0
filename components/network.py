"""The private network: a subnet in each zone, no way out but an endpoint for each service called."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.endpoints import Endpoints, EndpointsArgs
from components.blocks.role import Role, RoleArgs
from components.blocks.statements import allow

SUBNET_PREFIX_LENGTH = 20


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`cidr_block` is a /16; each of `zones` gets a /20 of it."""

    prefix: str
    account_id: str
    region: str
    cidr_block: str
    zones: Sequence[str]
    messages_key_arn: Input[str]
    boundary_arn: Input[str]
    flow_log_retention_days: int
    uses_feature_store: bool


class Network(ComponentResource):
    """Where the functions and jobs run. Nothing in it has a route to the internet."""

    vpc_id: Output[str]
    subnet_ids: list[Output[str]]
    workload_security_group_id: Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Network", name, None, opts)
        self._child = ResourceOptions(parent=self)
        vpc = self._build_vpc(name, args)
        route_table = self._build_route_table(name, args, vpc)
        subnets = self._build_subnets(args, vpc, route_table)
        workloads = self._build_workload_group(args, vpc)
        self._build_flow_log(name, args, vpc)
        self.vpc_id = vpc.id
        self.subnet_ids = [subnet.id for subnet in subnets]
        self.workload_security_group_id = workloads.id
        self._build_endpoints(name, args, route_table)
        self.register_outputs({"vpc_id": self.vpc_id, "subnet_ids": self.subnet_ids})

    def for_ground(self) -> dict[str, Any]:
        """The fields of `Ground` that this component knows."""
        return {"subnet_ids": self.subnet_ids, "security_group_ids": [self.workload_security_group_id]}

    def _build_vpc(self, name: str, args: NetworkArgs) -> aws.ec2.Vpc:
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.cidr_block,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": args.prefix},
            opts=self._child,
        )
        # Declared without rules: whatever forgets to name a group can reach nothing.
        aws.ec2.DefaultSecurityGroup(
            name,
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags={"Name": f"{args.prefix}-closed"},
            opts=self._child,
        )
        return vpc

    def _build_route_table(self, name: str, args: NetworkArgs, vpc: aws.ec2.Vpc) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            name, vpc_id=vpc.id, tags={"Name": f"{args.prefix}-private"}, opts=self._child
        )

    def _build_subnets(
        self, args: NetworkArgs, vpc: aws.ec2.Vpc, route_table: aws.ec2.RouteTable
    ) -> list[aws.ec2.Subnet]:
        subnets = []
        for zone, block in zip(args.zones, subnet_blocks(args.cidr_block, len(args.zones)), strict=True):
            subnet = aws.ec2.Subnet(
                zone,
                vpc_id=vpc.id,
                cidr_block=block,
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags={"Name": f"{args.prefix}-private-{zone}"},
                opts=self._child,
            )
            aws.ec2.RouteTableAssociation(
                zone, subnet_id=subnet.id, route_table_id=route_table.id, opts=self._child
            )
            subnets.append(subnet)
        return subnets

    def _build_workload_group(self, args: NetworkArgs, vpc: aws.ec2.Vpc) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            "workloads",
            name=f"{args.prefix}-workloads",
            description="Functions and jobs: each other, and the endpoints",
            vpc_id=vpc.id,
            opts=self._child,
        )
        # Machines of one distributed job talk on any port; encrypted, that is ESP and UDP 500.
        aws.vpc.SecurityGroupIngressRule(
            "workloads-from-workloads",
            security_group_id=group.id,
            description="Machines of one distributed job",
            ip_protocol="-1",
            referenced_security_group_id=group.id,
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            "workloads-to-workloads",
            security_group_id=group.id,
            description="Machines of one distributed job",
            ip_protocol="-1",
            referenced_security_group_id=group.id,
            opts=self._child,
        )
        return group

    def _build_flow_log(self, name: str, args: NetworkArgs, vpc: aws.ec2.Vpc) -> None:
        logs = aws.cloudwatch.LogGroup(
            "flow-logs",
            name=f"/trainyard/{args.prefix}/flow-logs",
            kms_key_id=args.messages_key_arn,
            retention_in_days=args.flow_log_retention_days,
            opts=self._child,
        )
        writes = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        role_args = RoleArgs(
            service="vpc-flow-logs.amazonaws.com",
            statements=[
                allow(writes, [logs.arn, Output.concat(logs.arn, ":*")]),
                allow("logs:DescribeLogGroups", "*"),
            ],
            account_id=args.account_id,
            role_name=f"{args.prefix}-flow-logs",
            boundary_arn=args.boundary_arn,
            description="Writes the flow logs",
        )
        role = Role("flow-logs", role_args, self._child)
        aws.ec2.FlowLog(
            name,
            vpc_id=vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=logs.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            opts=self._child,
        )

    def _build_endpoints(self, name: str, args: NetworkArgs, route_table: aws.ec2.RouteTable) -> None:
        endpoints = EndpointsArgs(
            prefix=args.prefix,
            account_id=args.account_id,
            region=args.region,
            vpc_id=self.vpc_id,
            subnet_ids=self.subnet_ids,
            route_table_id=route_table.id,
            workload_security_group_id=self.workload_security_group_id,
            uses_feature_store=args.uses_feature_store,
        )
        Endpoints(name, endpoints, self._child)


def subnet_blocks(cidr_block: str, count: int) -> list[str]:
    """The first `count` blocks of /20 in the network."""
    blocks = ipaddress.ip_network(cidr_block).subnets(new_prefix=SUBNET_PREFIX_LENGTH)
    return [str(block) for block, _ in zip(blocks, range(count), strict=False)]
