"""Values at the edges of what the endpoint takes in a column that features are made of: type × limit, with
what a report must say of each. The gate is held to them by every route, the features job beside it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

LARGEST = 3.4028234663852886e38  # of 32 bits: (2 - 2**-23) * 2**127
ABOVE, BELOW = math.nextafter(LARGEST, math.inf), -math.nextafter(LARGEST, math.inf)
ALLOWED = {
    "number": f"number of 32 bits, from {-LARGEST} to {LARGEST}: the endpoint refuses others",
    "timestamp": "moment of the years 1900 to 2200: the endpoint refuses others",
    "categorical": "level of one line: batch transform takes every line for a row",
}
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
US = pa.timestamp("us", "UTC")
YEAR_20000_MS = 568_971_820_800_000


def micros(*values: int) -> pa.Array:
    """Moments by their microseconds since 1970."""
    return pa.array(values, pa.int64()).cast(US)


def level(text: str) -> pa.Array:
    return pa.array(["JFK", text, None, "LGA"])


Case = tuple[str, pa.Array, list[str]]
IN_RANGE: dict[str, Case] = {
    "numbers: the largest of 32 bits": ("number", pa.array([LARGEST, -LARGEST, math.nan, None]), []),
    "numbers: the largest, in 32 bits": ("number", pa.array([LARGEST, -LARGEST], pa.float32()), []),
    "numbers: halves": ("number", pa.array([65504.0, -65504.0], pa.float16()), []),
    "numbers: whole ones of 64 bits": ("number", pa.array([2**64 - 1, 0], pa.uint64()), []),
    "numbers: decimals of 38 digits": ("number", pa.array([Decimal(10) ** 37] * 2, pa.decimal128(38, 0)), []),
    "numbers: wide decimals that are small": ("number", pa.array([Decimal(7)] * 2, pa.decimal256(70, 2)), []),
    "integers: the largest": ("integer", pa.array([2**63 - 1, -(2**63)]), []),
    "moments: first and last": ("timestamp", pa.array([FIRST, LAST, None], US), []),
    "moments: the last nanosecond": (
        "timestamp",
        pa.array([7_289_654_399_999_999_999], pa.timestamp("ns", "UTC")),
        [],
    ),
    "moments: no zone": ("timestamp", pa.array([FIRST.replace(tzinfo=None)] * 2, pa.timestamp("ms")), []),
    "moments: none at all": ("timestamp", pa.array([None, None], US), []),
    "levels: of one line": ("categorical", level("a\u2028b\tc \\n"), []),
}
BEYOND: dict[str, Case] = {
    "numbers: too large": ("number", pa.array([1.0, 1e39, 1e38]), ["1e+39"]),
    "numbers: too small": ("number", pa.array([1.0, -3.5e38, None]), ["-3.5e+38"]),
    "numbers: just above": ("number", pa.array([ABOVE, 0.0]), [str(ABOVE)]),
    "numbers: on both sides": ("number", pa.array([BELOW, 1e300]), [str(BELOW), "1e+300"]),
    "numbers: nothing but": ("number", pa.array([1e300, 1e301]), ["1e+301"]),
    "numbers: wide decimals": (
        "number",
        pa.array([Decimal(10) ** 60, Decimal(1)], pa.decimal256(70, 2)),
        ["1e+60"],
    ),
    "moments: just before": (
        "timestamp",
        micros(-2_208_988_800_000_001, 0),
        ['"1899-12-31T23:59:59.999999Z"'],
    ),
    "moments: just behind": ("timestamp", micros(7_289_654_400_000_000, 0), ['"2201-01-01T00:00:00Z"']),
    "moments: never": ("timestamp", pa.array([FIRST, NEVER], US), ['"9999-12-31T00:00:00Z"']),
    "moments: never, in milliseconds": (
        "timestamp",
        pa.array([NEVER, None], pa.timestamp("ms", "UTC")),
        ['"9999-12-31T00:00:00Z"'],
    ),
    "moments: no zone": (
        "timestamp",
        pa.array([datetime(1582, 10, 15), LAST.replace(tzinfo=None)], pa.timestamp("us")),
        ['"1582-10-15T00:00:00Z"'],
    ),
    "moments: nanoseconds": (
        "timestamp",
        pa.array([-9_223_372_036_000_000_500, 9_223_372_036_000_000_999], pa.timestamp("ns", "UTC")),
        ['"1677-09-21T00:12:43.999999Z"', '"2262-04-11T23:47:16Z"'],
    ),
    "moments: beyond what calendars show": (
        "timestamp",
        pa.array([YEAR_20000_MS, 0], pa.timestamp("ms", "UTC")),
        [f'"{YEAR_20000_MS}000 microseconds after 1970"'],
    ),
    "levels: LF": ("categorical", level("a\nb"), ['"a\\nb"']),
    "levels: CR": ("categorical", level("\r"), ['"\\r"']),
    "levels: several": ("categorical", pa.array(["z\n", "JFK", "a\r\n"]), ['"a\\r\\n"']),
}
# Text for one field: (type, values, what is said).
IN_TEXT: dict[str, tuple[str, list[str], list[str]]] = {
    "numbers in range": ("number", [str(LARGEST), str(-LARGEST), ""], []),
    "numbers": ("number", ["1", "1e39", "-1e300"], ["-1e+300", "1e+39"]),
    "moments in range": ("timestamp", ["1900-01-01T00:00:00Z", "2201-01-01T00:30:00+01:00", ""], []),
    "moments": (
        "timestamp",
        ["0001-01-01T00:00:00Z", "2200-12-31T23:30:00-01:00"],
        ['"0001-01-01T00:00:00Z"', '"2201-01-01T00:30:00Z"'],
    ),
    "levels of one line": ("categorical", ["JFK", '"a,""b"""', ""], []),
    "levels": ("categorical", ["JFK", '"z\n"', '"a\r\nb"'], ['"a\\r\\nb"']),
}


def said(report: Any) -> list[tuple[str, str, str]]:
    """What a report says about `v`: (rule, value seen, value allowed)."""
    return [(one.rule, one.seen, one.allowed) for one in report.violations if one.column == "v"]


def expected(kind: str, seen: list[str]) -> list[tuple[str, str, str]]:
    return [("servable", one, ALLOWED[kind]) for one in seen]
