"""What of a run has been counted: recorded and redriven however often, its metrics add up to it once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# Quotas of Step Functions: a redrive may come 14 days after an end, and an execution may take a year.
REMEMBERED_SECONDS = 400 * 24 * 3600


def claim(
    dynamodb: Any, table: str, run_id: str, attempt: int, totals: Mapping[str, float], now_seconds: int
) -> dict[str, float] | None:
    """What the attempt adds to the totals that earlier ones have published; None if it was published before.

    One conditional write decides: a retry, a second delivery or a late janitor is refused. What dies between
    the write and the metrics is not counted, rather than twice.
    """
    try:
        before = dynamodb.put_item(
            TableName=table,
            Item={
                "id": {"S": f"published#{run_id}"},
                "attempt": {"N": str(attempt)},
                "totals": {"S": json.dumps(totals)},
                "delete_after": {"N": str(now_seconds + REMEMBERED_SECONDS)},
            },
            ConditionExpression="attribute_not_exists(id) OR attempt < :attempt",
            ExpressionAttributeValues={":attempt": {"N": str(attempt)}},
            ReturnValues="ALL_OLD",
        ).get("Attributes")
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return None
    known = json.loads(before["totals"]["S"]) if before else {}
    return {name: max(0, round(total - known.get(name, 0), 6)) for name, total in totals.items()}
