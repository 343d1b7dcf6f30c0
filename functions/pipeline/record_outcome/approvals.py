"""Withdraws a run's request for a decision: over, nobody can answer it, and the token is dropped."""

from __future__ import annotations

import contextlib
from typing import Any


def withdraw_requests(dynamodb: Any, table: str, run_arn: str) -> list[str]:
    """Closes what is still PENDING of this run; the ids. A decision taken at the same moment stands."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        IndexName="by-state",
        KeyConditionExpression="#state = :pending",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":pending": {"S": "PENDING"}},
    )
    ids = [
        item["approval_id"]["S"]
        for page in pages
        for item in page["Items"]
        if item["run_arn"]["S"] == run_arn
    ]
    return [approval_id for approval_id in ids if _withdraw(dynamodb, table, approval_id)]


def _withdraw(dynamodb: Any, table: str, approval_id: str) -> bool:
    with contextlib.suppress(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.update_item(
            TableName=table,
            Key={"approval_id": {"S": approval_id}},
            UpdateExpression="SET #state = :withdrawn REMOVE #token",
            ConditionExpression="#state = :pending",
            ExpressionAttributeNames={"#state": "state", "#token": "token"},
            ExpressionAttributeValues={":withdrawn": {"S": "WITHDRAWN"}, ":pending": {"S": "PENDING"}},
        )
        return True
    return False
