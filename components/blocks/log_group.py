"""A log group as every part of the pipeline has it: encrypted with our key, kept for the configured time."""

from __future__ import annotations

import pulumi_aws as aws
from pulumi import ResourceOptions

from components.blocks.ground import Ground


def log_group(name: str, path: str, ground: Ground, opts: ResourceOptions) -> aws.cloudwatch.LogGroup:
    """The log group at `path`; `name` is its logical name."""
    return aws.cloudwatch.LogGroup(
        name,
        name=path,
        kms_key_id=ground.messages_key_arn,
        retention_in_days=ground.log_retention_days,
        opts=opts,
    )
