"""How a month of data lies in the landing bucket: as one object, or as parts in a folder of its name, whose
writer says that all are there by an object `_SUCCESS`, as Hadoop and Spark do.

    incoming/flights/2013-01.parquet
    incoming/flights/2013-02/part-00000.parquet
    incoming/flights/2013-02/_SUCCESS
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from contracts.artifacts import incoming_prefix

CLOSED = "_SUCCESS"
_MONTH = r"(\d{4}-(?:0[1-9]|1[0-2]))"
# What begins with _ or . is the business of whoever writes: Spark's _temporary/, checksums.
_DATA = re.compile(_MONTH + r"(?:/(?![._])[^/]+)*\.(?:parquet|csv)")
_CLOSED = re.compile(_MONTH + f"/{CLOSED}")
_WHOLE = re.compile(_MONTH + r"\.(?:parquet|csv)")


def path_of(key: str) -> str:
    """A landed object's path below the prefix of its dataset."""
    return key.split("/", 2)[-1]


def month_of(dataset: str, key: str) -> str | None:
    """The month that an object holds rows of; None for an object that is no data."""
    return _first(_DATA, dataset, key)


def completed_by(dataset: str, key: str) -> str | None:
    """The month that is all there once this object is: one object of its own, or the mark that closes it."""
    return _first(_WHOLE, dataset, key) or _first(_CLOSED, dataset, key)


def complete_months(dataset: str, keys: Iterable[str]) -> set[str]:
    """The months that are all there. A mark without a part, as Spark leaves one of no rows, is no month."""
    closed, with_data = set[str | None](), set[str]()
    for key in keys:
        closed.add(completed_by(dataset, key))
        with_data.add(month_of(dataset, key) or "")
    return with_data & closed


def mark_of(dataset: str, month: str) -> str:
    """Landing bucket: what closes a month that lies in parts."""
    return f"{incoming_prefix(dataset)}{month}/{CLOSED}"


def _first(form: re.Pattern[str], dataset: str, key: str) -> str | None:
    prefix = incoming_prefix(dataset)
    match = form.fullmatch(key[len(prefix) :]) if key.startswith(prefix) else None
    return match.group(1) if match else None
