"""Facts about values that Arrow did not convert, from their text: which of them are not of the column's type.
The spellings are those that Arrow converts, so that a value's neighbours don't change the verdict on it."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from contracts.spelling import SPELLINGS, whole_number
from functions.data_preparation.validate_schema.facts import ColumnFacts
from functions.data_preparation.validate_schema.judged import Judged
from functions.data_preparation.validate_schema.levels import least_of_several_lines
from functions.data_preparation.validate_schema.moments import moment_extremes

_SHORT_INTEGER = r"^[^0-9]*[0-9]{1,18}[^0-9]*$"
# What Arrow takes for an integer and the contract does not: 0xFFFFFFFFFFFFFFFF would be -1.
# Each pattern begins with a letter that is rare, which makes looking for it cheap.
_HEXADECIMAL = {
    mark: re.compile(rb"""%b(?<=0%b)[0-9a-fA-F]{1,16}[ \t]*"?(?![^\r\n,;|\t])""" % (mark, mark))
    for mark in (b"x", b"X")
}


def may_hold_hexadecimal(block: bytes) -> bool:
    """Whether some value of the block may be written as 0x1F."""
    return any(mark in block and pattern.search(block) for mark, pattern in _HEXADECIMAL.items())


def add_text(array: pa.Array, column: Judged, facts: ColumnFacts) -> None:
    """Takes the texts of one column of a block; what is none of its type is counted, the first one kept."""
    facts.nulls += array.null_count
    values = array.drop_null()
    if column.type in SPELLINGS:
        values = _fitting(values, pc.match_substring_regex(values, SPELLINGS[column.type]), facts)
    if column.type == "integer":
        _add_integers(values, facts)
    elif column.type == "number":
        numbers = pc.utf8_trim(values, " \t").cast(pa.float64())
        is_finite = pc.is_finite(numbers)
        _fitting(values, is_finite, facts)
        facts.widen(*pc.min_max(numbers.filter(is_finite)).as_py().values())
    elif column.has_moments:
        facts.widen(*moment_extremes(values.cast(pa.timestamp("us", tz="UTC"))))
    elif column.has_lines:
        facts.add_several_lines(least_of_several_lines(values))
    if column.bound is not None:
        facts.add_categories(set(pc.unique(values).to_pylist()), column.bound)


def _add_integers(values: pa.Array, facts: ColumnFacts) -> None:
    """Long ones one by one: Arrow converts all of an array or none of it."""
    is_short = pc.match_substring_regex(values, _SHORT_INTEGER)
    numbers = pc.utf8_trim(values.filter(is_short), " \t").cast(pa.int64())
    facts.widen(*pc.min_max(numbers).as_py().values())
    for text in values.filter(pc.invert(is_short)).to_pylist():
        number = whole_number(text)
        facts.add_misfits(int(number is None), text)
        facts.widen(number, number)


def _fitting(values: pa.Array, fits: pa.Array, facts: ColumnFacts) -> pa.Array:
    misfits = values.filter(pc.invert(fits))
    facts.add_misfits(len(misfits), misfits[0].as_py() if len(misfits) else "")
    return values.filter(fits)
