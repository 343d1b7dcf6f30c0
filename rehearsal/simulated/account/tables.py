"""DynamoDB in a simulated world: tables of items by their key, conditional writes and transactions."""

from __future__ import annotations

from typing import Any

from rehearsal.simulated.account.errors import (
    ConditionalCheckFailedException,
    Exceptions,
    TransactionCanceledException,
    refused,
)
from rehearsal.simulated.account.expressions import Item, holds, updated
from rehearsal.simulated.account.pages import Paginated

HASH_KEYS = ("id", "approval_id", "endpoint_name")
Tables = dict[str, dict[str, Item]]


class DynamoDb(Paginated):
    """The calls of functions and workflows."""

    exceptions = Exceptions

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get_item(self, **request: Any) -> dict[str, Any]:
        """The item, if there is one."""
        item = self._table(request).get(_key(request["Key"]))
        return {"Item": item} if item else {}

    def query(self, **request: Any) -> dict[str, Any]:
        """The items whose indexed attribute has the value; KeyConditionExpression is one equality."""
        condition = {**request, "ConditionExpression": request["KeyConditionExpression"]}
        return {"Items": [item for item in self._table(request).values() if holds(condition, item)]}

    def put_item(self, **request: Any) -> dict[str, Any]:
        """Write it if the condition holds; the answer has the old one where that is asked for."""
        old = self._table(request).get(_key(request["Item"]))
        self._write(request, request["Item"], request["Item"])
        return {"Attributes": old} if old and request.get("ReturnValues") == "ALL_OLD" else {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Change it if the condition holds."""
        old = self._table(request).get(_key(request["Key"]))
        self._write(request, request["Key"], updated(request, old))
        return {}

    def delete_item(self, **request: Any) -> dict[str, Any]:
        """Delete it if the condition holds."""
        self._write(request, request["Key"], None)
        return {}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """All of the writes or none."""
        writes = [next(iter(one.items())) for one in request["TransactItems"]]
        reasons = [
            {"Code": "None" if self._holds(write, write.get("Item") or write["Key"]) else FAILED}
            for _, write in writes
        ]
        if any(reason["Code"] == FAILED for reason in reasons):
            message = "Transaction cancelled, please refer cancellation reasons for specific reasons"
            error = TransactionCanceledException
            raise refused("TransactionCanceledException", message, error, CancellationReasons=reasons)
        calls = {"Put": self.put_item, "Update": self.update_item, "Delete": self.delete_item}
        for kind, write in writes:
            calls[kind](**write)
        return {}

    def _write(self, request: dict[str, Any], keyed: Item, item: Item | None) -> None:
        if not self._holds(request, keyed):
            message = "The conditional request failed"
            raise refused("ConditionalCheckFailedException", message, ConditionalCheckFailedException)
        if item is None:
            self._table(request).pop(_key(keyed), None)
        else:
            self._table(request)[_key(keyed)] = item

    def _holds(self, request: dict[str, Any], keyed: Item) -> bool:
        return holds(request, self._table(request).get(_key(keyed)))

    def _table(self, request: dict[str, Any]) -> dict[str, Item]:
        return self._tables.setdefault(request["TableName"], {})


FAILED = "ConditionalCheckFailed"


def _key(item: Item) -> str:
    return next(item[name]["S"] for name in HASH_KEYS if name in item)
