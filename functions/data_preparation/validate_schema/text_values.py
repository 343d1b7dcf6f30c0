"""Facts about values that Arrow did not convert, from their text: which of them are not of the column's type.
The patterns accept what Arrow converts, so that a value's neighbours don't change the verdict on it."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from contracts.columns import Column
from functions.data_preparation.validate_schema.facts import ColumnFacts
from functions.data_preparation.validate_schema.rules import bound_on_categories

# The Gregorian calendar, leap years included: 30 February is no date.
_LONG_MONTHS = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_SHORT_MONTHS = r"(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP_YEARS = r"([02468][048]|[13579][26])00|[0-9]{2}(0[48]|[2468][048]|[13579][26])"
_DATE = rf"([0-9]{{4}}-({_LONG_MONTHS}|{_SHORT_MONTHS})|({_LEAP_YEARS})-02-29)"
_HOUR, _MINUTE = r"([01][0-9]|2[0-3])", r"[0-5][0-9]"
_CLOCK = rf"{_HOUR}(:{_MINUTE}(:{_MINUTE}(\.[0-9]{{1,6}})?)?)?"
PATTERNS = {
    "integer": r"^[ \t]*-?[0-9]+[ \t]*$",
    "number": r"^[ \t]*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?[ \t]*$",
    "boolean": r"^(true|True|TRUE|false|False|FALSE|0|1)$",
    "timestamp": rf"^{_DATE}[T ]{_CLOCK}(Z|[-+]{_HOUR}(:?{_MINUTE})?)$",
}
_SHORT_INTEGER = r"^[^0-9]*[0-9]{1,18}[^0-9]*$"
_INT64 = range(-(2**63), 2**63)
# What Arrow takes for an integer and the contract does not: 0xFFFFFFFFFFFFFFFF would be -1.
# Each pattern begins with a letter that is rare, which makes looking for it cheap.
_HEXADECIMAL = {
    mark: re.compile(rb"""%b(?<=0%b)[0-9a-fA-F]{1,16}[ \t]*"?(?![^\r\n,;|\t])""" % (mark, mark))
    for mark in (b"x", b"X")
}


def may_hold_hexadecimal(block: bytes) -> bool:
    """Whether some value of the block may be written as 0x1F."""
    return any(mark in block and pattern.search(block) for mark, pattern in _HEXADECIMAL.items())


def add_text(array: pa.Array, column: Column, facts: ColumnFacts) -> None:
    """Takes the texts of one column of a block; what is none of its type is counted, the first one kept."""
    facts.nulls += array.null_count
    values = array.drop_null()
    if column.type in PATTERNS:
        values = _fitting(values, pc.match_substring_regex(values, PATTERNS[column.type]), facts)
    if column.type == "integer":
        _add_integers(values, facts)
    elif column.type == "number":
        numbers = pc.utf8_trim(values, " \t").cast(pa.float64())
        is_finite = pc.is_finite(numbers)
        _fitting(values, is_finite, facts)
        facts.widen(*pc.min_max(numbers.filter(is_finite)).as_py().values())
    bound = bound_on_categories(column)
    if bound is not None:
        facts.add_categories(set(pc.unique(values).to_pylist()), bound)


def _add_integers(values: pa.Array, facts: ColumnFacts) -> None:
    """Long ones one by one: Arrow converts all of an array or none of it."""
    is_short = pc.match_substring_regex(values, _SHORT_INTEGER)
    numbers = pc.utf8_trim(values.filter(is_short), " \t").cast(pa.int64())
    facts.widen(*pc.min_max(numbers).as_py().values())
    for text in values.filter(pc.invert(is_short)).to_pylist():
        digits = text.strip(" \t")
        if len(digits.lstrip("-0")) > 19 or int(digits) not in _INT64:
            facts.add_misfits(1, text)
        else:
            facts.widen(int(digits), int(digits))


def _fitting(values: pa.Array, fits: pa.Array, facts: ColumnFacts) -> pa.Array:
    misfits = values.filter(pc.invert(fits))
    facts.add_misfits(len(misfits), misfits[0].as_py() if len(misfits) else "")
    return values.filter(fits)
