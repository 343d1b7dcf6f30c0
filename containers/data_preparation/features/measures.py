"""What features make of the columns of a batch before anything learnt is applied: levels of categories,
numbers of everything else. Each is made once, whoever asks for it: the fit, the statistics, the encoding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.encoding import FittedFeature
from contracts.fitted import WORD
from contracts.transforms import Feature
from features.calendar_parts import CALENDAR_PARTS

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Levels:
    """A column of levels: for each row the place of its level among the names, the place behind them where it
    is missing. Not every name need occur."""

    names: list[str]
    places: Integers

    @classmethod
    def of(cls, column: pa.Array) -> Levels:
        """The levels as rows of a request spell them; an empty text is missing."""
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        names = coded.dictionary.cast(pa.string()).to_pylist()
        places = coded.indices.fill_null(len(names)).to_numpy(zero_copy_only=False).astype(np.int64)
        if "" in names:
            places[places == names.index("")] = len(names)
        return cls(names, places)

    def counts(self, weights: npt.NDArray[Any] | None = None) -> dict[str, int]:
        """The rows of each level that occurs, or the sums of their weights."""
        rows = np.bincount(self.places, minlength=len(self.names) + 1)
        sums = rows if weights is None else np.bincount(self.places, weights, len(rows)).astype(np.int64)
        return {self.names[place]: int(sums[place]) for place in np.flatnonzero(rows[:-1])}

    @property
    def missing(self) -> int:
        """How many rows have no level."""
        return int(np.count_nonzero(self.places == len(self.names)))

    def mapped(self, number_of: Callable[[str], float], missing: float) -> Floats:
        """A number for each row by its level."""
        return np.array([*map(number_of, self.names), missing], dtype=np.float64)[self.places]


class Measures:
    """The levels and numbers of one batch of rows."""

    def __init__(self, rows: pa.RecordBatch) -> None:
        self._rows = rows
        self._levels: dict[str, Levels] = {}
        self._numbers: dict[tuple[str, str, float], Floats] = {}

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self._rows.num_rows)

    def levels(self, column: str) -> Levels:
        """Of features that learn from the levels of this column."""
        if column not in self._levels:
            self._levels[column] = Levels.of(self._rows.column(column))
        return self._levels[column]

    def numbers(self, feature: Feature | FittedFeature) -> Floats:
        """Of every other feature, missing as NaN: no imputation, scale or bucket. Not to be written to: they
        may be the column's."""
        transform = "number" if feature.transform == "bucket" else feature.transform
        key = (feature.column, transform, feature.utc_offset_hours)
        if key not in self._numbers:
            self._numbers[key] = _numbers(self._rows.column(feature.column), *key[1:])
        return self._numbers[key]


def _numbers(column: pa.Array, transform: str, utc_offset_hours: float) -> Floats:
    if transform in CALENDAR_PARTS:
        return CALENDAR_PARTS[transform](column, utc_offset_hours)
    return _TRANSFORMS[transform](column)


def as_text(column: pa.Array) -> pa.Array:
    """A categorical or text column, null where it is empty: an empty text is missing."""
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _number(column: pa.Array) -> Floats:
    """Whole numbers beyond 2^53 become the nearest float, as those of a request do."""
    numbers = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    floats = numbers.cast(pa.float64(), safe=False)
    return np.asarray(pc.fill_null(floats, np.nan).to_numpy(zero_copy_only=False))


def _signed_log(column: pa.Array) -> Floats:
    numbers = _number(column)
    return np.asarray(np.copysign(np.log1p(np.abs(numbers)), numbers))


def _clock_hours(column: pa.Array) -> Floats:
    # In whole numbers: numpy divides floats that way ten times as slowly.
    clock = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
    hours = clock // 100
    return _where_valid(column, hours + (clock - hours * 100) / 60)


def _text_length(column: pa.Array) -> Floats:
    return _number(pc.utf8_length(as_text(column)))


def _word_count(column: pa.Array) -> Floats:
    return _number(pc.count_substring_regex(as_text(column), WORD))


def _is_missing(column: pa.Array) -> Floats:
    is_text = pa.types.is_string(column.type) or pa.types.is_dictionary(column.type)
    is_missing = ~_is_valid(as_text(column) if is_text else column)
    if pa.types.is_floating(column.type):
        is_missing |= np.isnan(_number(column))
    return is_missing.astype(np.float64)


def _where_valid(column: pa.Array, numbers: Floats) -> Floats:
    return np.where(_is_valid(column), numbers, np.nan) if column.null_count else numbers


def _is_valid(column: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False))


_TRANSFORMS: dict[str, Callable[[pa.Array], Floats]] = {
    "number": _number,
    "signed_log": _signed_log,
    "clock_hours": _clock_hours,
    "text_length": _text_length,
    "word_count": _word_count,
    "is_missing": _is_missing,
}
