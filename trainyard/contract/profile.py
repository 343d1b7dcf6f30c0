"""What a file's columns hold: type, nulls, range, number of levels. Nothing is sampled."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contracts.dataset import DELIMITERS
from contracts.document import LARGEST
from contracts.failures import DataMissing, DataRejected
from functions.data_preparation.validate_schema.dialect import converting, parsing, reading
from functions.data_preparation.validate_schema.facts import Unreadable
from functions.data_preparation.validate_schema.row_ends import row_ends
from functions.data_preparation.validate_schema.rules import MAX_INTEGER
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.text_blocks import TextBlocks, delimiter_of, names_in, watch

MAX_LEVELS = 200
MIN_ROWS_PER_LEVEL = 4
ROWS_PER_BATCH = 131_072
HEAD_ROWS = 50_000
# In fewer rows most of what is measured differs, too.
LEAST_IDENTIFIED = 100
PAGE_BLOCK_BYTES = 256 * 1024  # read of a column chunk at once
_TYPES = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
    (pa.types.is_string_view, "text"),
)
# A CSV column has the type of its first block; where later values don't fit, it is read again as this.
_WIDER = {"null": pa.int64(), "int64": pa.float64()}
_MISREAD = re.compile(r"In CSV column #(\d+): (?:Row #\d+: )?CSV conversion error to ([a-z0-9]+)")
# What is often written into columns of numbers where there is no value.
NULL_SPELLINGS = frozenset({"NA", "N/A", "na", "n/a", "NULL", "null", "None", "NaN", "nan", "\\N", "-", "?"})


@dataclass(kw_only=True, eq=False)
class ColumnProfile:
    """One column; `levels` counts different texts up to one more than a category may have, and `head` holds
    the first rows."""

    name: str
    type: str
    rows: int = 0
    nulls: int = 0
    low: float | int | None = None
    high: float | int | None = None
    texts: set[str] = field(default_factory=set)
    head: pa.Array = field(default_factory=lambda: pa.nulls(0))
    most_nulls: float = 0.0

    @property
    def levels(self) -> int:
        """How many different values a categorical column has."""
        return len(self.texts)

    def add(self, array: pa.Array) -> None:
        """Takes further rows."""
        array = _plain(array)
        if not self.rows:
            self.head = array.slice(0, HEAD_ROWS)
        self.rows += len(array)
        self.nulls += array.null_count
        if self.type in ("integer", "number"):
            self._widen(array)
        if self.type == "text":
            self.texts |= set(pc.unique(array.filter(_is_spelled_null(array))).to_pylist())
            if self.levels <= MAX_LEVELS:
                self.texts |= set(pc.unique(array.drop_null()).slice(0, MAX_LEVELS + 1).to_pylist())

    def settle(self) -> ColumnProfile:
        """Text with few different values, each used several times, is a category; integers above what the
        features hold are numbers."""
        few = min(MAX_LEVELS, (self.rows - self.nulls) // MIN_ROWS_PER_LEVEL)
        if self.type == "text" and 0 < self.levels <= few:
            self.type = "categorical"
        if self.type == "integer" and self.high is not None and self.high > MAX_INTEGER:
            self.type = "number"
        return self

    @property
    def spelled_nulls(self) -> set[str]:
        """Texts for no value in a column that holds numbers beside them; none where it holds other texts."""
        found = self.texts & NULL_SPELLINGS
        numbers = self.texts - found
        return found if numbers and all(map(_is_number, numbers)) else set()

    @property
    def null_ratio(self) -> float:
        """The share of nulls; of several files that of the one with most of them."""
        return max(self.most_nulls, self.nulls / self.rows if self.rows else 0)

    @property
    def is_constant(self) -> bool:
        """Whether all rows that have a value hold one and the same number."""
        return self.rows > 1 and self.low is not None and self.low == self.high

    @property
    def is_identifier(self) -> bool:
        """Whether it is a whole number or text that no two of enough first rows share."""
        fits = self.type in ("integer", "text") and not self.nulls and len(self.head) >= LEAST_IDENTIFIED
        return fits and pc.count_distinct(self.head).as_py() == len(self.head)

    @property
    def is_flag(self) -> bool:
        """Whether it is a whole number that was 0 or 1 and both."""
        return self.type == "integer" and (self.low, self.high) == (0, 1)

    def limits(self) -> dict[str, Any]:
        """The column in a contract, with limits that these rows keep and similar ones should."""
        column = {
            "name": self.name,
            "type": self.type,
            "max_null_ratio": min(1, math.ceil(200 * self.null_ratio) / 100),
        }
        if self.low is not None and self.high is not None and not self.is_identifier:
            span = 0 if self.is_flag else self.high - self.low
            column["min"] = max(0 if self.low >= 0 else -LARGEST, self.low - span)
            column["max"] = min(LARGEST, self.high + span)
        if self.type == "categorical":
            column["max_cardinality"] = max(10, 2 * self.levels)
        return column

    def rule(self) -> dict[str, Any]:
        """A rule for a target made of this column: true, the last of its texts (of no and yes, the second),
        or above the median of the first rows, of the range where that is the greatest value."""
        if self.type == "boolean" or self.is_flag:
            return {"rule": "equals", "value": 1}
        if self.type == "categorical":
            return {"rule": "equals", "value": max(self.texts)}
        median = pc.quantile(self.head, 0.5)[0].as_py() if pc.is_valid(self.head).true_count else None
        if median is None or not math.isfinite(median) or median == self.high:
            median = (self.low or 0) / 2 + (self.high or 0) / 2
        return {"rule": "greater_than", "value": median}

    def _widen(self, array: pa.Array) -> None:
        if pa.types.is_floating(array.type):
            array = array.drop_null()
            finite = pc.is_finite(array)
            self.nulls += len(array) - (pc.sum(finite).as_py() or 0)
            array = array.filter(finite)
        found = pc.min_max(array).as_py()
        if found["min"] is not None:
            low, high = (one if isinstance(one, int) else float(one) for one in found.values())
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)


def _plain(array: pa.Array) -> pa.Array:
    """The same values as a type that Arrow's aggregations take."""
    if pa.types.is_dictionary(array.type):
        return _plain(array.dictionary_decode())
    if pa.types.is_float16(array.type):
        return array.cast(pa.float32())
    if pa.types.is_decimal32(array.type) or pa.types.is_decimal64(array.type):
        return array.cast(pa.float64())
    return array.cast(pa.string()) if pa.types.is_string_view(array.type) else array


def _is_spelled_null(array: pa.Array) -> pa.Array:
    return pc.is_in(array, value_set=pa.array(sorted(NULL_SPELLINGS), array.type))


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class Profile:
    """What a file holds, and the columns that no contract takes as they are: those of other types, with their
    types, and those without a name, by place from 1. `zoneless` are moments of Parquet without a zone,
    `partial` columns that not every file has."""

    columns: list[ColumnProfile]
    left_out: dict[str, str]
    nameless: list[int]
    zoneless: list[str]
    delimiter: str | None = None
    partial: tuple[str, ...] = ()


def read_profile(path: Path, delimiter: str | None, nulls: Sequence[str] = ()) -> Profile:
    """The columns of a Parquet or CSV file; `nulls` are texts of CSV that stand for no value, and a delimiter
    of None is the one that makes the most names of its header.

    Raises DataMissing for another format or no rows, DataRejected for a file that cannot be read.
    """
    if path.suffix not in (".parquet", ".csv"):
        raise DataMissing(f"{path} is neither .parquet nor .csv: name a file of one of these formats")
    with path.open("rb"):  # a file that is not there is said so by the system
        pass
    try:
        return _csv(path, delimiter, nulls) if path.suffix == ".csv" else _parquet(path)
    except Unreadable as damage:
        seen, allowed = damage.violations[0].seen, damage.violations[0].allowed
        raise DataRejected(f"{path} cannot be read: {seen}; allowed is {allowed}") from damage
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataRejected(f"{path} cannot be read: {str(error)[:300]}; mend the file") from error


def _parquet(path: Path) -> Profile:
    # Not buffered ahead, which would hold the whole file.
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=PAGE_BLOCK_BYTES) as file:
        batches = file.iter_batches(batch_size=ROWS_PER_BATCH)
        return _profiled(path, file.schema_arrow.names, batches)


def _csv(path: Path, wanted: str | None, nulls: Sequence[str]) -> Profile:
    """Reads the file again for every column whose later values don't fit its type."""
    types: dict[str, pa.DataType] = {}
    while True:
        with LocalFile(path) as file:
            blocks = TextBlocks(file.chunks(), wanted or DELIMITERS[0])
            header = blocks.header()
            delimiter = wanted or delimiter_of(header, DELIMITERS)
            blocks.read_with(delimiter)
            names = names_in(header, delimiter)
            try:
                profile = _profiled(path, names, _text_batches(blocks, delimiter, nulls, names, types))
                return replace(profile, delimiter=delimiter)
            except pa.ArrowInvalid as error:
                misread = _MISREAD.search(str(error))
                if misread is None or misread[2] == "string":
                    raise
                types[f"f{misread[1]}"] = _WIDER.get(misread[2], pa.string())


def _text_batches(
    blocks: TextBlocks,
    delimiter: str,
    nulls: Sequence[str],
    names: Sequence[str],
    types: dict[str, pa.DataType],
) -> Iterator[pa.RecordBatch]:
    """The rows, in columns named by position; a type that is not known yet is that of the first block."""
    positions = [f"f{index}" for index in range(len(names))]
    for block in blocks:
        _, found = watch(block, row_ends(delimiter))
        if found.first_broken is not None or found.nul:
            raise Unreadable(found.violations())
        table = pa_csv.read_csv(
            pa.BufferReader(block.data),
            reading(block.data, positions),
            parsing(delimiter),
            converting(types, ["", *nulls]),
        )
        types.update(zip(positions, table.schema.types, strict=True))
        yield from table.to_batches()


def _profiled(path: Path, names: Sequence[str], batches: Iterator[pa.RecordBatch]) -> Profile:
    """The columns of these names, in order; the first batch says what type each has."""
    first = next((batch for batch in batches if batch.num_rows), None)
    if first is None:
        raise DataMissing(f"{path} has no rows: name another file")
    kinds = {index: _kind(path, column) for index, column in enumerate(first.schema) if names[index]}
    known = {index: ColumnProfile(name=names[index], type=kind) for index, kind in kinds.items() if kind}
    if not known:
        raise DataMissing(f"{path} has no column of a type that contracts know: name another file")
    for batch in chain([first], batches):
        for index, profile in known.items():
            profile.add(batch.column(index))
    stored = {index: first.schema[index].type for index in kinds}
    return Profile(
        columns=list(known.values()),
        left_out={names[index]: str(stored[index]) for index, kind in kinds.items() if not kind},
        nameless=[place for place, name in enumerate(names, start=1) if not name],
        zoneless=[one.name for index, one in known.items() if getattr(stored[index], "tz", "UTC") is None],
    )


def _kind(path: Path, column: pa.Field) -> str | None:
    """The contract's type of a column; None where it has none, or CSV leaves open which moment is meant."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    is_naive = pa.types.is_timestamp(kind) and kind.tz is None and path.suffix == ".csv"
    return None if is_naive else next((name for test, name in _TYPES if test(kind)), None)
