"""Counts landed files per dataset, each once however often S3 announces it, and words the request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.landing import completed_by

KEY = re.compile(r"incoming/([a-z][a-z0-9_]{0,62})/.+")
REMEMBERED_SECONDS = 14 * 24 * 3600  # as long as the queue can hold a message


@dataclass(frozen=True, kw_only=True)
class Landing:
    """One announced object; `version` tells a replaced file from a repeated announcement."""

    dataset: str
    key: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Count:
    """Files landed since the last run began; the generation counts those runs."""

    files: int
    generation: int


def landing_of(body: str) -> Landing | None:
    """The landing in a queued EventBridge event; None for objects that complete no month of a dataset: parts
    of one count when it is closed."""
    found = json.loads(body)["detail"]["object"]
    match = KEY.fullmatch(found["key"])
    if match is None or not completed_by(match.group(1), found["key"]):
        return None
    version = str(found.get("version-id") or found.get("sequencer") or found.get("etag", ""))
    return Landing(dataset=match.group(1), key=found["key"], version=version)


def count(dynamodb: Any, table: str, landing: Landing, now_seconds: int) -> Count:
    """Counts the landing unless it was counted before, and reads the counter either way."""
    seen = {
        "id": {"S": f"seen#{landing.key}#{landing.version}"},
        "delete_after": {"N": str(now_seconds + REMEMBERED_SECONDS)},
    }
    counter = {"id": {"S": f"landed#{landing.dataset}"}}
    try:
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": table,
                        "Item": seen,
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
                {
                    "Update": {
                        "TableName": table,
                        "Key": counter,
                        "UpdateExpression": "ADD files :one",
                        "ExpressionAttributeValues": {":one": {"N": "1"}},
                    }
                },
            ]
        )
    except dynamodb.exceptions.TransactionCanceledException as error:
        reasons = error.response.get("CancellationReasons") or [{}]
        if reasons[0].get("Code") != "ConditionalCheckFailed":
            raise
    return counted_so_far(dynamodb, table, landing.dataset)


def counted_so_far(dynamodb: Any, table: str, dataset: str) -> Count:
    """The dataset's counter as it is now."""
    counter = {"id": {"S": f"landed#{dataset}"}}
    item = dynamodb.get_item(TableName=table, Key=counter, ConsistentRead=True).get("Item", {})
    return Count(files=_number(item, "files"), generation=_number(item, "generation"))


def request_of(dataset: str, counted: Count) -> dict[str, Any]:
    """What start_run is asked; the same generation asks with the same identity."""
    return {
        "context": {
            "trigger": "data_volume",
            "reason": f"{counted.files} files landed since the last run",
            "requested_by": "function/count_landed",
            "dataset": dataset,
        },
        "identity": f"landed-{dataset}-{counted.generation}",
    }


def _number(item: Mapping[str, Mapping[str, str]], name: str) -> int:
    return int(item.get(name, {}).get("N", "0"))
