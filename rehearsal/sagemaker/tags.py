"""Tags of any resource: add, list, delete."""

from __future__ import annotations

from typing import Any

from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.jobs.api import Operation


class TagsApi:
    """The operations on tags."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {"AddTags": self.add, "ListTags": self.list, "DeleteTags": self.delete}

    def add(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Add or replace tags."""
        record = self.account.store.by_arn(request["ResourceArn"])
        self.account.store.tag(record, request["Tags"])
        return {"Tags": _pairs(record.tags)}

    def list(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List a resource's tags."""
        return {"Tags": _pairs(self.account.store.by_arn(request["ResourceArn"]).tags)}

    def delete(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Remove tags by key."""
        record = self.account.store.by_arn(request["ResourceArn"])
        record.tags = {key: value for key, value in record.tags.items() if key not in request["TagKeys"]}
        return {}


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
