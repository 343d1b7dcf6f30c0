"""Frees the pipeline for the next run."""

from __future__ import annotations

import contextlib
from typing import Any

LOCK_KEY = {"id": {"S": "lock#run"}}


def release_lock(dynamodb: Any, table: str, run_id: str) -> None:
    """Releases the run lock if this run holds it; a skipped run leaves the other one's alone."""
    with contextlib.suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.delete_item(
            TableName=table,
            Key=LOCK_KEY,
            ConditionExpression="run_id = :me",
            ExpressionAttributeValues={":me": {"S": run_id}},
        )
