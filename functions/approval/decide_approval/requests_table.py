"""The approval requests: read, decide once, forget the token. It leaves here for Step Functions only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.approval.decide_approval.decision import STATES, Asked

PAGE = 50


def read(dynamodb: Any, table: str, approval_id: str) -> dict[str, Any] | None:
    """The request under that id as plain values; None when there is none."""
    key = {"approval_id": {"S": approval_id}}
    item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return _plain(item) if item else None


def pending(dynamodb: Any, table: str) -> list[dict[str, Any]]:
    """The newest requests that nobody has decided."""
    answer = dynamodb.query(
        TableName=table,
        IndexName="by-state",
        KeyConditionExpression="#state = :pending",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":pending": {"S": "PENDING"}},
        ScanIndexForward=False,
        Limit=PAGE,
    )
    return [_plain(item) for item in answer["Items"]]


def decide(
    dynamodb: Any, table: str, item: Mapping[str, Any], asked: Asked, caller_arn: str, now_seconds: int
) -> bool:
    """Takes the decision if it is still open; False when somebody else was faster."""
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"approval_id": {"S": item["approval_id"]}},
            UpdateExpression="SET #state = :state, decided_by = :by, decided_at = :at, reason = :reason",
            ConditionExpression="#state = :pending",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":state": {"S": STATES[asked.decision]},
                ":pending": {"S": "PENDING"},
                ":by": {"S": caller_arn},
                ":at": {"N": str(now_seconds)},
                ":reason": {"S": asked.reason},
            },
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def forget_token(dynamodb: Any, table: str, approval_id: str) -> None:
    """Drops the token once the run has its answer: it can't be used, or leaked, again."""
    dynamodb.update_item(
        TableName=table,
        Key={"approval_id": {"S": approval_id}},
        UpdateExpression="REMOVE #token",
        ExpressionAttributeNames={"#token": "token"},
    )


def _plain(item: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items()}
