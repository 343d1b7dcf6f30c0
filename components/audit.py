"""The account's trail: who called what, and each access to landed data, artifacts and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.ground import Ground
from components.blocks.log_group import log_group
from components.blocks.role import Role, RoleArgs
from components.blocks.statements import allow


@dataclass(frozen=True, kw_only=True)
class AuditArgs:
    """The trail writes to the audit bucket, whose objects are locked."""

    ground: Ground


class Audit(ComponentResource):
    """A multi-region trail with validated, encrypted files and data events for the buckets that matter."""

    trail_arn: Output[str]

    def __init__(self, name: str, args: AuditArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Audit", name, None, opts)
        ground = args.ground
        child = ResourceOptions(parent=self)
        logs = log_group("trail", f"/trainyard/{ground.prefix}/trail", ground, child)
        role = self._build_role(ground, logs)
        self.trail_arn = self._build_trail(name, ground, logs, role).arn
        self.register_outputs({"trail_arn": self.trail_arn})

    def _build_role(self, ground: Ground, logs: aws.cloudwatch.LogGroup) -> Role:
        streams = Output.concat(logs.arn, ":log-stream:*")
        role_args = RoleArgs(
            service="cloudtrail.amazonaws.com",
            statements=[allow(["logs:CreateLogStream", "logs:PutLogEvents"], streams)],
            account_id=ground.account_id,
            role_name=ground.physical_name("trail"),
            boundary_arn=ground.permissions_boundary_arn,
            description="Copies the trail to its log group",
        )
        return Role("trail", role_args, ResourceOptions(parent=self))

    def _build_trail(
        self, name: str, ground: Ground, logs: aws.cloudwatch.LogGroup, role: Role
    ) -> aws.cloudtrail.Trail:
        return aws.cloudtrail.Trail(
            name,
            name=ground.physical_name("audit"),
            s3_bucket_name=ground.audit_bucket,
            s3_key_prefix="cloudtrail",
            kms_key_id=ground.key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            cloud_watch_logs_group_arn=Output.concat(logs.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=[
                {
                    "name": "Management events",
                    "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}],
                },
                object_events(watched_objects(ground)),
            ],
            opts=ResourceOptions(parent=self, depends_on=[role.policy] if role.policy else []),
        )


def watched_objects(ground: Ground) -> list[Output[str]]:
    """Whole buckets, and the decisions of the audit bucket: an event for each file that the trail itself
    writes there would never let it come to rest."""
    return [
        Output.concat(ground.landing_bucket_arn, "/"),
        Output.concat(ground.artifacts_bucket_arn, "/"),
        Output.concat(ground.audit_bucket_arn, "/decisions/"),
    ]


def object_events(prefixes: Sequence[Input[str]]) -> aws.cloudtrail.TrailAdvancedEventSelectorArgsDict:
    """Reads and writes of objects whose ARNs begin like this."""
    return {
        "name": "Objects of the pipeline",
        "field_selectors": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            {"field": "resources.ARN", "starts_withs": list(prefixes)},
        ],
    }
