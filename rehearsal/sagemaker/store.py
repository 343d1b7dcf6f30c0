"""What SageMaker remembers: one record per resource, found by name or ARN, listed as AWS lists."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.kinds import Kind, arn_of

Row = TypeVar("Row")
TAGS_MAX = 50
RESERVED_TAG = "aws: prefixed tag key names are not allowed for external use."
PAGE_SIZE = 10


@dataclass(eq=False)
class Record:
    """One resource. `details` is what Describe answers; times in it are epoch seconds."""

    kind: Kind
    name: str
    arn: str
    details: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    live: Any = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def update(self, **changes: Any) -> None:
        """Change details; None removes one."""
        with self.lock:
            for name, value in changes.items():
                if value is None:
                    self.details.pop(name, None)
                else:
                    self.details[name] = value
            self.details["LastModifiedTime"] = time.time()

    def snapshot(self) -> dict[str, Any]:
        """Return a copy of the details that nobody else changes."""
        with self.lock:
            return copy.deepcopy(self.details)


class Store:
    """All records of one account and region."""

    def __init__(self, region: str, account_id: str) -> None:
        self._region = region
        self._account_id = account_id
        self._records: dict[str, Record] = {}
        self.lock = threading.RLock()

    def arn(self, kind: Kind, name_or_arn: str) -> str:
        """Return the ARN for a name, or the ARN itself."""
        if name_or_arn.startswith("arn:"):
            return name_or_arn
        return arn_of(kind, name_or_arn, self._region, self._account_id)

    def add(self, kind: Kind, name: str, details: dict[str, Any], tags: list[dict[str, str]]) -> Record:
        """Keep a new record; a name in use is refused in AWS's words."""
        arn = self.arn(kind, name)
        with self.lock:
            if arn in self._records:
                raise ServiceError(kind.existing_code, kind.existing.format(name=name, arn=arn))
            now = time.time()
            known = {kind.arn_field: arn, "CreationTime": now, "LastModifiedTime": now}
            if kind.name != "ModelPackage":
                known[kind.name_field] = name
            record = Record(kind, name, arn, {**copy.deepcopy(details), **known})
            self.tag(record, tags)
            self._records[arn] = record
            return record

    def tag(self, record: Record, tags: list[dict[str, str]]) -> None:
        """Add or replace tags; more than 50 are refused, a key twice and a key of AWS's own."""
        keys = [tag["Key"] for tag in tags]
        if any(key.lower().startswith("aws:") for key in keys):
            raise ServiceError("ValidationException", RESERVED_TAG)
        if len(keys) != len(set(keys)):
            raise ServiceError("ValidationException", f"Tag keys must be unique: {', '.join(keys)}.")
        merged = {**record.tags, **{tag["Key"]: tag["Value"] for tag in tags}}
        if len(merged) > TAGS_MAX:
            raise ServiceError(
                "ValidationException", f"{record.arn}: {len(merged)} tags, at most {TAGS_MAX}."
            )
        record.tags = merged

    def get(self, kind: Kind, name_or_arn: str, missing: str = "") -> Record:
        """Return the record or raise ServiceError as AWS words it, or in the words of `missing`."""
        arn = self.arn(kind, name_or_arn)
        record = self._records.get(arn)
        if record is None or record.kind is not kind:
            name = name_or_arn.rsplit("/", 1)[-1]
            raise ServiceError(kind.missing_code, (missing or kind.missing).format(name=name, arn=arn))
        return record

    def by_arn(self, arn: str) -> Record:
        """Return whatever has this ARN."""
        if arn not in self._records:
            raise ServiceError("ValidationException", f"Could not find resource {arn}.")
        return self._records[arn]

    def remove(self, record: Record) -> None:
        """Forget a record."""
        with self.lock:
            self._records.pop(record.arn, None)

    def all(self, kind: Kind, where: Callable[[Record], bool] = lambda _: True) -> list[Record]:
        """Return the records of a kind in order of creation."""
        with self.lock:
            return [record for record in self._records.values() if record.kind is kind and where(record)]

    def everything(self) -> list[Record]:
        """Return all records."""
        with self.lock:
            return list(self._records.values())


def page(kind: Kind, records: list[Record], request: dict[str, Any]) -> tuple[list[Record], str | None]:
    """Filter, sort and page as the List operations do: (this page, the next token)."""
    rows = [record for record in records if _wanted(kind, record, request)]
    by = request.get("SortBy", "CreationTime")
    rows.sort(key=_sort_key(kind, by), reverse=request.get("SortOrder", "Descending") != "Ascending")
    return paged(rows, request)


def paged(rows: list[Row], request: dict[str, Any]) -> tuple[list[Row], str | None]:
    """Cut one page out of rows in order: (this page, the next token). A token of nobody's is refused."""
    token = request.get("NextToken") or "0"
    if not token.isdecimal():
        raise ServiceError("ValidationException", f"Invalid NextToken: {token[:100]!r}.")
    start, size = int(token), int(request.get("MaxResults") or PAGE_SIZE)
    following = str(start + size) if start + size < len(rows) else None
    return rows[start : start + size], following


def _sort_key(kind: Kind, by: str) -> Callable[[Record], Any]:
    field_name = {"Status": f"{kind.name}Status", "CreationTime": "CreationTime"}.get(by, "CreationTime")
    if by == "Name":
        return lambda record: record.name
    return lambda record: record.details.get(field_name, "")


def _wanted(kind: Kind, record: Record, request: dict[str, Any]) -> bool:
    details = record.details
    status = request.get("StatusEquals", request.get("WarmPoolStatusEquals"))
    shown = details.get(f"{kind.name}Status")
    if "WarmPoolStatusEquals" in request:
        shown = details.get("WarmPoolStatus", {}).get("Status")
    return (
        request.get("NameContains", "").lower() in record.name.lower()
        and all(within(details[time], request, time) for time in ("CreationTime", "LastModifiedTime"))
        and status in (None, shown)
    )


def within(seconds: float, request: dict[str, Any], field_name: str) -> bool:
    """Tell whether a time lies between a request's <field>After and <field>Before."""
    after = _seconds(request.get(f"{field_name}After"), 0.0)
    return after < seconds < _seconds(request.get(f"{field_name}Before"), float("inf"))


def _seconds(moment: float | str | None, default: float) -> float:
    """Read a request's timestamp: epoch seconds or ISO 8601."""
    if moment is None:
        return default
    return datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else float(moment)
