"""The only ways out of the private network: an endpoint for each AWS service that a function or job calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.role import plain_policy
from components.blocks.statements import Statement

# Endpoint name → IAM prefix of what goes through it. Each costs money in each zone: name only what is called.
INTERFACES: Mapping[str, str] = {
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "sagemaker.api": "sagemaker",
    "sagemaker.runtime": "sagemaker",
    "sns": "sns",
    "states": "states",
    "sts": "sts",
}

FEATURE_STORE: Mapping[str, str] = {"sagemaker.featurestore-runtime": "sagemaker"}


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Where the endpoints stand and who may use them."""

    prefix: str
    account_id: str
    region: str
    vpc_id: Input[str]
    subnet_ids: Sequence[Input[str]]
    route_table_id: Input[str]
    workload_security_group_id: Input[str]
    uses_feature_store: bool


class Endpoints(ComponentResource):
    """Gateway endpoints for S3 and DynamoDB, interface endpoints for the rest; each with a policy."""

    security_group_id: Output[str]

    def __init__(self, name: str, args: EndpointsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:Endpoints", name, None, opts)
        self._child = ResourceOptions(parent=self)
        self._build_gateway(args, "s3", s3_policy(args))
        self._build_gateway(args, "dynamodb", dynamodb_policy(args))
        group = self._build_group(args)
        wanted = {**INTERFACES, **(FEATURE_STORE if args.uses_feature_store else {})}
        for service, iam_prefix in wanted.items():
            self._build_interface(args, service, iam_prefix, group)
        self.security_group_id = group.id
        self.register_outputs({"security_group_id": self.security_group_id})

    def _build_gateway(self, args: EndpointsArgs, service: str, policy: str) -> None:
        endpoint = aws.ec2.VpcEndpoint(
            service,
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.{service}",
            vpc_endpoint_type="Gateway",
            route_table_ids=[args.route_table_id],
            policy=policy,
            tags={"Name": f"{args.prefix}-{service}"},
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            f"workloads-to-{service}",
            security_group_id=args.workload_security_group_id,
            description=f"TLS to {service} through its gateway",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            prefix_list_id=endpoint.prefix_list_id,
            opts=self._child,
        )

    def _build_group(self, args: EndpointsArgs) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            "endpoints",
            name=f"{args.prefix}-endpoints",
            description="Interface endpoints: TLS from functions and jobs",
            vpc_id=args.vpc_id,
            opts=self._child,
        )
        aws.vpc.SecurityGroupIngressRule(
            "endpoints-from-workloads",
            security_group_id=group.id,
            description="TLS from functions and jobs",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            referenced_security_group_id=args.workload_security_group_id,
            opts=self._child,
        )
        aws.vpc.SecurityGroupEgressRule(
            "workloads-to-endpoints",
            security_group_id=args.workload_security_group_id,
            description="TLS to the interface endpoints",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            referenced_security_group_id=group.id,
            opts=self._child,
        )
        return group

    def _build_interface(
        self, args: EndpointsArgs, service: str, iam_prefix: str, group: aws.ec2.SecurityGroup
    ) -> None:
        aws.ec2.VpcEndpoint(
            service,
            vpc_id=args.vpc_id,
            service_name=f"com.amazonaws.{args.region}.{service}",
            vpc_endpoint_type="Interface",
            subnet_ids=args.subnet_ids,
            security_group_ids=[group.id],
            private_dns_enabled=True,
            policy=plain_policy([own_account(args, f"{iam_prefix}:*", "*")]),
            tags={"Name": f"{args.prefix}-{service}"},
            opts=self._child,
        )


def own_account(args: EndpointsArgs, action: str, resource: str | list[str]) -> Statement:
    """Only principals of this account pass; what they may do is in their own policies."""
    return {
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEquals": {"aws:PrincipalAccount": args.account_id}},
    }


def s3_policy(args: EndpointsArgs) -> str:
    """Our buckets, and the one ECR serves image layers from: nothing can be sent elsewhere."""
    ours = [f"arn:aws:s3:::{args.prefix}-*", f"arn:aws:s3:::{args.prefix}-*/*"]
    layers: Statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::prod-{args.region}-starport-layer-bucket/*",
    }
    return plain_policy([own_account(args, "s3:*", ours), layers])


def dynamodb_policy(args: EndpointsArgs) -> str:
    """Our tables for our principals."""
    table = f"arn:aws:dynamodb:{args.region}:{args.account_id}:table/{args.prefix}-*"
    return plain_policy([own_account(args, "dynamodb:*", [table, f"{table}/index/*"])])
