"""The permissions boundary: the most that any role of this stack can ever do, whatever its policy says."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Output, ResourceOptions

from components.blocks.role import plain_policy
from components.blocks.statements import Statement

SERVICES_IN_REACH = (
    "cloudwatch",
    "dynamodb",
    "ec2",
    "ecr",
    "events",
    "kms",
    "lambda",
    "logs",
    "s3",
    "sagemaker",
    "sns",
    "sqs",
    "states",
    "xray",
)
# What would take the guards away: keys, locks, trails, networks and the code that runs.
OUT_OF_REACH = (
    "cloudwatch:DeleteAlarms",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateRoute",
    "ec2:DeleteFlowLogs",
    "ec2:DeleteVpcEndpoints",
    "ec2:ModifyVpcEndpoint",
    "ecr:DeleteRepository",
    "ecr:PutImage",
    "ecr:SetRepositoryPolicy",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "lambda:AddPermission",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "logs:DeleteLogGroup",
    "logs:DeleteRetentionPolicy",
    "logs:DisassociateKmsKey",
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "states:DeleteStateMachine",
    "states:UpdateStateMachine",
)


@dataclass(frozen=True, kw_only=True)
class BoundaryArgs:
    """Roles of this stack can be passed on, no others."""

    prefix: str
    account_id: str


class Boundary(ComponentResource):
    """A managed policy that every role of the stack carries as its boundary."""

    arn: Output[str]

    def __init__(self, name: str, args: BoundaryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Boundary", name, None, opts)
        policy = aws.iam.Policy(
            name,
            name=f"{args.prefix}-boundary",
            description="The most that a role of this stack can do",
            policy=plain_policy(ceiling(args)),
            opts=ResourceOptions(parent=self),
        )
        self.arn = policy.arn
        self.register_outputs({"arn": self.arn})


def ceiling(args: BoundaryArgs) -> list[Statement]:
    """A ceiling grants nothing: a role can do what its own policy and this both allow."""
    own_roles = f"arn:aws:iam::{args.account_id}:role/{args.prefix}-*"
    return [
        {
            "Sid": "ServicesInReach",
            "Effect": "Allow",
            "Action": [f"{service}:*" for service in SERVICES_IN_REACH],
            "Resource": "*",
        },
        {"Sid": "OwnRoles", "Effect": "Allow", "Action": "iam:PassRole", "Resource": own_roles},
        {"Sid": "GuardsStay", "Effect": "Deny", "Action": list(OUT_OF_REACH), "Resource": "*"},
    ]
