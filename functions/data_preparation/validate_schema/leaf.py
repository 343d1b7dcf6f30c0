"""A column at the top of a Parquet file's schema: what the contract's types it can be read as, and what its
type allows it to hold. https://github.com/apache/parquet-format (parquet.thrift, LogicalTypes.md)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from functions.data_preparation.validate_schema.narrow_floats import HALF, SINGLE

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED = range(8)
REPEATED, REQUIRED = 2, 0
MICROSECONDS_PER_SECOND = 1_000_000
# Numbers with more digits before the point may be none of 32 bits: 10**38 is one, 10**39 is not.
SERVABLE_DIGITS = 38
# Field ids of LogicalType and values of ConvertedType, as far as they decide what a column holds.
_STRING, _DECIMAL, _TIMESTAMP, _INTEGER, _FLOAT16 = 1, 5, 8, 10, 15
_UTF8, _CONVERTED_DECIMAL, _CONVERTED_TIMESTAMPS, _CONVERTED_INTEGERS = 0, 5, (9, 10), range(11, 19)
_UNSIGNED = range(11, 15)
# Of a second, by the field id of TimeUnit and by ConvertedType.
_TICKS = {1: 1_000, 2: MICROSECONDS_PER_SECOND, 3: 1_000_000_000}
_CONVERTED_TICKS = {9: 1_000, 10: MICROSECONDS_PER_SECOND}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column at the top of the schema; `kinds` are the contract's types that it can be read as.

    `whole_digits` are those of a decimal before its point, `ticks_per_second` those of moments in 64 bits.
    """

    name: str
    index: int
    physical: int
    kinds: frozenset[str]
    is_required: bool
    is_unsigned: bool
    is_decimal: bool
    whole_digits: int
    ticks_per_second: int | None

    @property
    def narrow_float(self) -> str | None:
        """How its numbers are packed, where that takes fewer bits than a contract's limits do."""
        if self.kinds != {"number"} or self.is_decimal or self.physical == DOUBLE:
            return None
        return SINGLE if self.physical == FLOAT else HALF

    @property
    def has_known_extremes(self) -> bool:
        """Whether what the footer calls its least and greatest value can be read as a number or a moment."""
        return not self.is_decimal and ("timestamp" not in self.kinds or self.ticks_per_second is not None)

    @property
    def may_exceed_type(self) -> bool:
        """Whether it can hold what the contract's types can't: infinity, or integers above 2**63 - 1."""
        is_float = self.kinds == {"number"} and not self.is_decimal
        return is_float or (self.is_unsigned and self.physical == INT64)

    @property
    def may_exceed_endpoint(self) -> bool:
        """Whether it can hold numbers or moments that no request may."""
        return self.may_exceed_type or "timestamp" in self.kinds or self.whole_digits > SERVABLE_DIGITS


def microseconds(ticks: int, ticks_per_second: int) -> int:
    """The microsecond that so many ticks lie in, whatever their number."""
    return ticks * MICROSECONDS_PER_SECOND // ticks_per_second


def leaf_of(element: dict[int, Any], index: int, is_flat: bool) -> Leaf:
    """The column of a SchemaElement; one that is no flat column is none of the contract's types."""
    physical, types = element.get(1, -1), element.get(10) or {}
    logical, converted = next(iter(types), None), element.get(6)
    is_plain = is_flat and element.get(3) != REPEATED
    is_decimal = logical == _DECIMAL or converted == _CONVERTED_DECIMAL
    return Leaf(
        name=element[4].decode("utf-8", "replace"),
        index=index,
        physical=physical,
        kinds=_kinds(physical, logical, converted) if is_plain else frozenset(),
        is_required=element.get(3) == REQUIRED,
        is_unsigned=not types.get(_INTEGER, {}).get(2, converted not in _UNSIGNED),
        is_decimal=is_decimal,
        whole_digits=_whole_digits(element, types.get(_DECIMAL, {})) if is_decimal else 0,
        ticks_per_second=_ticks(types.get(_TIMESTAMP, {}), converted) if physical == INT64 else None,
    )


def _whole_digits(element: dict[int, Any], decimal: dict[int, Any]) -> int:
    digits: int = decimal.get(2, element.get(8, 0)) - decimal.get(1, element.get(7, 0))
    return digits


def _ticks(timestamp: dict[int, Any], converted: int | None) -> int | None:
    unit = next(iter(timestamp.get(2) or {}), None)
    return _CONVERTED_TICKS.get(converted or 0) if unit is None else _TICKS.get(unit)


def _kinds(physical: int, logical: int | None, converted: int | None) -> frozenset[str]:
    is_bare = logical is None and converted is None
    if physical == BOOLEAN:
        return frozenset({"boolean"})
    if physical == BYTE_ARRAY and (logical == _STRING or converted == _UTF8):
        return frozenset({"categorical", "text"})
    if physical in (INT32, INT64) and (is_bare or logical == _INTEGER or converted in _CONVERTED_INTEGERS):
        return frozenset({"integer", "number"})
    is_float = physical in (FLOAT, DOUBLE) or logical == _FLOAT16
    if is_float or logical == _DECIMAL or converted == _CONVERTED_DECIMAL:
        return frozenset({"number"})
    if physical == INT96 or logical == _TIMESTAMP or converted in _CONVERTED_TIMESTAMPS:
        return frozenset({"timestamp"})
    return frozenset()
