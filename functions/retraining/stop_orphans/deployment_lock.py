"""Frees the lock that a stopped run's deployment still holds."""

from __future__ import annotations

import contextlib
from typing import Any

from functions.retraining.stop_orphans.orphans import is_child
from functions.retraining.stop_orphans.stopped_run import StoppedRun


def free(dynamodb: Any, stepfunctions: Any, table: str, endpoint_name: str, run: StoppedRun) -> list[str]:
    """The name of the endpoint if its lock was the run's; one that somebody else took since is left alone."""
    key = {"endpoint_name": {"S": endpoint_name}}
    item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    if item is None or not is_child(stepfunctions, item["holder"]["S"], run):
        return []
    with contextlib.suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.delete_item(
            TableName=table,
            Key=key,
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues={":holder": item["holder"]},
        )
        return [endpoint_name]
    return []
