"""What to do about values of another type than the contract's, where how they are written tells why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from contracts.file_report import Violation
from trainyard.contract.profile import NULL_SPELLINGS

NAMES_SHOWN = 3
NO_VALUE = "where {} means no value, list it in formats.csv.null_values of the contract"
WHOLE = "pandas writes whole numbers so where others are missing: write them as Int64, or call them number"
_EXAMPLE = re.compile(r'such as (".*")$', re.DOTALL)
# How a value of CSV is written, for types that begin so, and what to do.
_WRITTEN = (
    (r"[+-]?\d+\.0*", "integer", WHOLE),
    (r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+", "", "write a point for the decimal comma"),
    (r"\d{4}-\d\d-\d\d([T ][\d:.]+)?", "timestamp", "write the offset of its time, Z for UTC"),
    (r"(?i)yes|no|y|n", "", "call the column categorical: a target may equal one of its texts"),
)
# What a column of Parquet is stored as, for types that begin so, and what to do.
_STORED = (
    ("null", "", "pandas writes so where every value is None: give the column its type"),
    ("double", "integer", WHOLE),
    ("string", "timestamp", "write a column of timestamps (pandas: to_datetime with utc=True)"),
    ("string", "", "write values of that type, or call the column categorical or text"),
    ("int64", "timestamp", "write a column of timestamps (pandas: to_datetime with unit and utc=True)"),
)


def remedies(violations: Sequence[Violation]) -> Iterator[str]:
    """One line a remedy, with the columns that need it."""
    found: dict[str, list[str]] = {}
    for one in violations:
        remedy = _remedy(one) if one.rule == "type" else None
        if remedy:
            found.setdefault(remedy, []).append(one.column)
    for remedy, names in found.items():
        more = len(names) - NAMES_SHOWN
        yield f"{', '.join(names[:NAMES_SHOWN])}{f' and {more} more' if more > 0 else ''}: {remedy}"


def _remedy(violation: Violation) -> str | None:
    match = _EXAMPLE.search(violation.seen)
    if match is None:
        fitting = (
            remedy
            for stored, kind, remedy in _STORED
            if violation.seen == stored and violation.allowed.startswith(kind)
        )
        return next(fitting, None)
    try:
        example = json.loads(match[1])
    except ValueError:  # it was cut
        return None
    if example in NULL_SPELLINGS:
        return NO_VALUE.format(match[1])
    fitting = (
        remedy
        for form, kind, remedy in _WRITTEN
        if re.fullmatch(form, example) and violation.allowed.startswith(kind)
    )
    return next(fitting, None)
