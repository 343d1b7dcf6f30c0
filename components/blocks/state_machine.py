"""One Step Functions state machine: its rendered definition, role, log group, tracing and encryption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.definition import read_workflow, render
from components.blocks.ground import Ground
from components.blocks.log_group import log_group
from components.blocks.role import Role, RoleArgs
from components.blocks.statements import Statement, allow

__all__ = ["StateMachine", "StateMachineArgs", "render"]

# Seconds a data key serves before Step Functions asks KMS for another; AWS allows 60 to 900.
DATA_KEY_REUSE_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class StateMachineArgs:
    """`workflow` names the file in workflows/, `facts` fills it, `statements` is what its states call."""

    workflow: str
    ground: Ground
    facts: Mapping[str, Input[Any]] = field(default_factory=dict)
    statements: Sequence[Statement] = ()
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"


class StateMachine(ComponentResource):
    """A workflow of the pipeline. `name` is its word: `training`, `data_validation`."""

    arn: Output[str]
    name: Output[str]
    role_arn: Output[str]

    def __init__(self, name: str, args: StateMachineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:block:StateMachine", name, None, opts)
        ground = args.ground
        path = f"/aws/vendedlogs/states/{ground.physical_name(name)}"
        logs = log_group(name, path, ground, ResourceOptions(parent=self))
        role = self._build_role(name, args)
        machine = self._build_machine(name, args, role, logs)
        self.arn, self.name, self.role_arn = machine.arn, machine.name, role.arn
        self.register_outputs({"arn": self.arn, "name": self.name, "role_arn": self.role_arn})

    def _build_role(self, name: str, args: StateMachineArgs) -> Role:
        ground = args.ground
        role_args = RoleArgs(
            service="states.amazonaws.com",
            statements=[*running_a_machine(ground, name), *args.statements],
            account_id=ground.account_id,
            role_name=f"{ground.physical_name(name)}-machine",
            boundary_arn=ground.permissions_boundary_arn,
            description=f"What the state machine {name} may do",
        )
        return Role(f"{name}-machine", role_args, ResourceOptions(parent=self))

    def _build_machine(
        self, name: str, args: StateMachineArgs, role: Role, logs: aws.cloudwatch.LogGroup
    ) -> aws.sfn.StateMachine:
        text = read_workflow(args.workflow)
        facts: Output[dict[str, Any]] = Output.from_input(dict(args.facts))
        return aws.sfn.StateMachine(
            name,
            name=args.ground.physical_name(name),
            type=args.type,
            role_arn=role.arn,
            definition=facts.apply(lambda known: render(text, known)),
            logging_configuration={
                "log_destination": Output.concat(logs.arn, ":*"),
                "level": "ALL",
                # Payloads hold task tokens: they stay out of the logs.
                "include_execution_data": False,
            },
            tracing_configuration={"enabled": True},
            encryption_configuration={
                "type": "CUSTOMER_MANAGED_KMS_KEY",
                "kms_key_id": args.ground.key_arn,
                "kms_data_key_reuse_period_seconds": DATA_KEY_REUSE_SECONDS,
            },
            # Creation is refused while the role lacks the managed-rule and log-delivery permissions.
            opts=ResourceOptions(parent=self, depends_on=[role.policy] if role.policy else []),
        )


def running_a_machine(ground: Ground, name: str) -> list[Statement]:
    """What Step Functions does with the role beside our states: deliver logs, trace, use the key."""
    own_data = {"kms:EncryptionContext:aws:states:stateMachineArn": ground.machine_arn(name)}
    delivered_logs = {"kms:EncryptionContext:SourceArn": ground.arn("logs", "*")}
    return [
        allow(
            [
                "logs:CreateLogDelivery",
                "logs:GetLogDelivery",
                "logs:UpdateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:DescribeResourcePolicies",
                "logs:DescribeLogGroups",
            ],
            "*",
        ),
        allow(
            [
                "xray:PutTraceSegments",
                "xray:PutTelemetryRecords",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
            ],
            "*",
        ),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], ground.key_arn, {"StringEquals": own_data}),
        allow("kms:GenerateDataKey", ground.key_arn, {"StringEquals": delivered_logs}),
    ]
