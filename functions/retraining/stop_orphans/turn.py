"""One janitor for a run at a time: two that clean up at once would each record only what it undid itself."""

from __future__ import annotations

from typing import Any

LEASE_SECONDS = 330  # above the function's own timeout: a janitor that died blocks nobody for long


def take(dynamodb: Any, table: str, run_id: str, me: str, now_seconds: int) -> bool:
    """Whether it is this delivery's turn; another one has to come again."""
    ends_at = {"N": str(now_seconds + LEASE_SECONDS)}
    try:
        dynamodb.put_item(
            TableName=table,
            Item={
                "id": {"S": _id(run_id)},
                "taken_by": {"S": me},
                "lease_ends_at": ends_at,
                "delete_after": ends_at,
            },
            ConditionExpression="attribute_not_exists(id) OR lease_ends_at < :now",
            ExpressionAttributeValues={":now": {"N": str(now_seconds)}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def give_back(dynamodb: Any, table: str, run_id: str, me: str) -> None:
    """Let the next one have its turn, unless the lease was over and it has taken it."""
    try:
        dynamodb.delete_item(
            TableName=table,
            Key={"id": {"S": _id(run_id)}},
            ConditionExpression="taken_by = :me",
            ExpressionAttributeValues={":me": {"S": me}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return


def _id(run_id: str) -> str:
    return f"janitor#{run_id}"
