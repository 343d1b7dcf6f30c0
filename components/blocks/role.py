"""One IAM role with one inline policy, trusted by one service and held by the stack's boundary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.statements import Statement, require_least_privilege

# Lambda does not document aws:SourceAccount for execution roles. Another account can't name the role anyway:
# iam:PassRole does not cross accounts.
SERVICES_WITHOUT_SOURCE_ACCOUNT = frozenset({"lambda.amazonaws.com"})


@dataclass(frozen=True, kw_only=True)
class RoleArgs:
    """`service` is the principal, `states.amazonaws.com`; `role_name` is by default the logical name."""

    service: str
    statements: Sequence[Statement]
    account_id: Input[str]
    role_name: str | None = None
    boundary_arn: Input[str] | None = None
    description: str | None = None


class Role(ComponentResource):
    """A role and the policy that is all it may do; depend on `policy` where AWS checks it at creation."""

    arn: Output[str]
    name: Output[str]
    policy: aws.iam.RolePolicy | None

    def __init__(self, name: str, args: RoleArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:Role", name, None, opts)
        role_name = args.role_name or name
        require_least_privilege(role_name, args.statements)
        role = aws.iam.Role(
            name,
            name=role_name,
            description=args.description,
            assume_role_policy=trust(args.service, args.account_id),
            permissions_boundary=args.boundary_arn,
            opts=ResourceOptions(parent=self),
        )
        self.policy = self._build_policy(name, role, args.statements) if args.statements else None
        self.arn, self.name = role.arn, role.name
        self.register_outputs({"arn": self.arn, "name": self.name})

    def _build_policy(
        self, name: str, role: aws.iam.Role, statements: Sequence[Statement]
    ) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(
            name,
            role=role.name,
            name="what-it-calls",
            policy=policy_document(statements),
            opts=ResourceOptions(parent=self),
        )


def trust(service: str, account_id: Input[str]) -> Output[str]:
    """The trust policy for `service`, held to this account where the service tells whose call it is."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if service not in SERVICES_WITHOUT_SOURCE_ACCOUNT:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account_id}}
    return policy_document([statement])


def policy_document(statements: Sequence[Statement]) -> Output[str]:
    """The JSON of a policy whose statements may hold outputs."""
    return Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]},
        separators=(",", ":"),
    )


def plain_policy(statements: Sequence[Statement]) -> str:
    """The JSON of a policy that is wholly known before any resource exists."""
    return json.dumps({"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]})
