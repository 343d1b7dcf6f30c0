"""Holds the run lock (one run at a time, whoever started it) and starts counting landed files anew."""

from __future__ import annotations

from typing import Any

from contracts.failures import RunSkipped

LOCK_KEY = {"id": {"S": "lock#run"}}


def take_lock(
    dynamodb: Any, table: str, run_id: str, run_arn: str, *, now_seconds: int, lease_seconds: int
) -> None:
    """Takes the lock, or keeps the one that start_run took for this run; RunSkipped names who holds it."""
    try:
        dynamodb.put_item(
            TableName=table,
            Item={
                **LOCK_KEY,
                "run_id": {"S": run_id},
                "execution_arn": {"S": run_arn},
                "lease_ends_at": {"N": str(now_seconds + lease_seconds)},
            },
            ConditionExpression="attribute_not_exists(id) OR run_id = :me OR lease_ends_at < :now",
            ExpressionAttributeValues={":me": {"S": run_id}, ":now": {"N": str(now_seconds)}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        found = dynamodb.get_item(TableName=table, Key=LOCK_KEY, ConsistentRead=True).get("Item", {})
        holder = found.get("run_id", {}).get("S", "that just ended")
        raise RunSkipped(
            f"run {holder} is under way and holds the pipeline: wait for it, or stop it, and start again"
        ) from None


def restart_count(dynamodb: Any, table: str, dataset: str) -> None:
    """Sets the dataset's counter of landed files back: this run takes all that has landed."""
    dynamodb.update_item(
        TableName=table,
        Key={"id": {"S": f"landed#{dataset}"}},
        UpdateExpression="SET files = :none ADD generation :one",
        ExpressionAttributeValues={":none": {"N": "0"}, ":one": {"N": "1"}},
    )
