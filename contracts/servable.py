"""What a request may hold in a column that features are made of, as a model trained on anything else could
not be asked about it. The schema gate, the features job and the endpoint all hold values to these limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from contracts.document import Number

LARGEST_NUMBER = (2 - 2**-23) * 2.0**127  # of IEEE 754's 32 bits, which features have
FIRST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC)
LAST_MOMENT = datetime(2200, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
YEARS = f"{FIRST_MOMENT.year} to {LAST_MOMENT.year}"
LINE_BREAKS = ("\n", "\r")
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(moment: datetime) -> int:
    return (moment - _1970) // timedelta(microseconds=1)


# The least and the greatest value of a type; moments are microseconds since 1970.
BOUNDS: Mapping[str, tuple[Number, Number]] = {
    "number": (-LARGEST_NUMBER, LARGEST_NUMBER),
    "timestamp": (_microseconds(FIRST_MOMENT), _microseconds(LAST_MOMENT)),
}
ALLOWED: Mapping[str, str] = {
    "number": f"number of 32 bits, from {-LARGEST_NUMBER} to {LARGEST_NUMBER}: the endpoint refuses others",
    "timestamp": f"moment of the years {YEARS}: the endpoint refuses others",
    "categorical": "level of one line: batch transform takes every line for a row",
}


def beyond(kind: str, least: Number | None, greatest: Number | None) -> list[Number]:
    """Those of a column's two extremes that lie outside of its type's bounds; None stands for no value."""
    if kind not in BOUNDS:
        return []
    low, high = BOUNDS[kind]
    below = [least] if least is not None and least < low else []
    above = [greatest] if greatest is not None and greatest > high else []
    return below + above


def spelled(kind: str, value: Number) -> Number | str:
    """The value as people write it: a moment, in microseconds since 1970, by ISO 8601."""
    if kind != "timestamp":
        return value
    try:
        return (_1970 + timedelta(microseconds=value)).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return f"{value} microseconds after 1970"
