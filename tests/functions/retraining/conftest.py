"""A table in memory that judges the conditions our functions write, and cancels as DynamoDB does."""

from __future__ import annotations

import re
from typing import Any

import pytest

Item = dict[str, dict[str, str]]


class ConditionalCheckFailedError(Exception):
    """A single write whose condition did not hold."""


class TransactionCanceledError(Exception):
    """A transaction in which a condition did not hold; `response` names each one."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(str(codes))
        self.response = {"CancellationReasons": [{"Code": code} for code in codes]}


class FakeTable:
    """Items by id, with transactions that happen wholly or not at all."""

    class exceptions:  # noqa: N801
        """Where boto3 keeps its exception classes."""

        ConditionalCheckFailedException = ConditionalCheckFailedError
        TransactionCanceledException = TransactionCanceledError

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}

    def get_item(self, Key: Item, **_: Any) -> dict[str, Any]:  # noqa: N803
        found = self.items.get(Key["id"]["S"])
        return {"Item": found} if found else {}

    def put_item(self, **write: Any) -> None:
        if not self._holds(write["Item"]["id"]["S"], write):
            raise ConditionalCheckFailedError
        self._put(write)

    def delete_item(self, **write: Any) -> None:
        if not self._holds(write["Key"]["id"]["S"], write):
            raise ConditionalCheckFailedError
        self.items.pop(write["Key"]["id"]["S"], None)

    def update_item(self, **write: Any) -> None:
        self._update(write)

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> None:  # noqa: N803
        writes = [next(iter(write.items())) for write in TransactItems]
        held = [self._holds((w.get("Item") or w["Key"])["id"]["S"], w) for _, w in writes]
        if not all(held):
            raise TransactionCanceledError(["None" if one else "ConditionalCheckFailed" for one in held])
        for kind, write in writes:
            {"Put": self._put, "Update": self._update, "Delete": self._delete}[kind](write)

    def _put(self, write: dict[str, Any]) -> None:
        self.items[write["Item"]["id"]["S"]] = write["Item"]

    def _delete(self, write: dict[str, Any]) -> None:
        self.items.pop(write["Key"]["id"]["S"], None)

    def _update(self, write: dict[str, Any]) -> None:
        item = self.items.setdefault(write["Key"]["id"]["S"], dict(write["Key"]))
        values = write["ExpressionAttributeValues"]
        for name, value in re.findall(r"SET (\w+) = (:\w+)", write["UpdateExpression"]):
            item[name] = values[value]
        for name, value in re.findall(r"ADD (\w+) (:\w+)", write["UpdateExpression"]):
            item[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + int(values[value]["N"]))}

    def _holds(self, item_id: str, write: dict[str, Any]) -> bool:
        item, values = self.items.get(item_id), write.get("ExpressionAttributeValues", {})
        condition = write.get("ConditionExpression")
        return condition is None or any(_is_true(one, item, values) for one in condition.split(" OR "))


def _is_true(condition: str, item: Item | None, values: Item) -> bool:
    if condition == "attribute_not_exists(id)":
        return item is None
    name, operator, value = condition.split()
    if item is None or name not in item:
        return False
    if operator == "=":
        return item[name] == values[value]
    seen, limit = int(item[name]["N"]), int(values[value]["N"])
    return seen < limit or (operator == "<=" and seen == limit)


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture(scope="session")
def new_table() -> type[FakeTable]:
    return FakeTable
