"""What a file's columns hold, in one pass: type, nulls, range, number of levels. Nothing is sampled."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from contracts.failures import DataMissing, DataRejected

MAX_LEVELS = 200
MIN_ROWS_PER_LEVEL = 4
ROWS_PER_BATCH = 131_072
PAGE_BLOCK_BYTES = 256 * 1024  # read of a column chunk at once
_TYPES = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_string, "text"),
    (pa.types.is_large_string, "text"),
)


@dataclass(kw_only=True)
class ColumnProfile:
    """One column; `levels` counts different texts up to one more than a category may have."""

    name: str
    type: str
    rows: int = 0
    nulls: int = 0
    low: float | int | None = None
    high: float | int | None = None
    texts: set[str] = field(default_factory=set)

    @property
    def levels(self) -> int:
        """How many different values a categorical column has."""
        return len(self.texts)

    def add(self, array: pa.Array) -> None:
        """Takes further rows."""
        self.rows += len(array)
        self.nulls += array.null_count
        if self.type in ("integer", "number"):
            self._widen(array)
        if self.type == "text" and self.levels <= MAX_LEVELS:
            self.texts |= set(pc.unique(array.drop_null()).slice(0, MAX_LEVELS + 1).to_pylist())

    def settle(self) -> ColumnProfile:
        """Text with few different values, each used several times, is a category."""
        few = min(MAX_LEVELS, (self.rows - self.nulls) // MIN_ROWS_PER_LEVEL)
        if self.type == "text" and 0 < self.levels <= few:
            self.type = "categorical"
        return self

    def limits(self) -> dict[str, Any]:
        """The column in a contract, with limits that these rows keep and similar ones should."""
        ratio = self.nulls / self.rows if self.rows else 0
        column = {
            "name": self.name,
            "type": self.type,
            "max_null_ratio": min(1, math.ceil(200 * ratio) / 100),
        }
        if self.low is not None and self.high is not None:
            span = self.high - self.low
            column["min"] = max(0, self.low - span) if self.low >= 0 else self.low - span
            column["max"] = self.high + span
        if self.type == "categorical":
            column["max_cardinality"] = max(10, 2 * self.levels)
        return column

    def rule(self) -> dict[str, Any]:
        """A rule for a target made of this column: true, or in the upper half of its range."""
        if self.type == "boolean":
            return {"rule": "equals", "value": 1}
        return {"rule": "greater_than", "value": ((self.low or 0) + (self.high or 0)) / 2}

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


def read_profile(path: Path, delimiter: str) -> list[ColumnProfile]:
    """Every column of a Parquet or CSV file; raises DataRejected for a file that cannot be read."""
    if path.suffix not in (".parquet", ".csv"):
        raise DataMissing(f"{path} is neither .parquet nor .csv: name a file of one of these formats")
    try:
        schema, batches = (_csv if path.suffix == ".csv" else _parquet)(path, delimiter)
        profiles = [ColumnProfile(name=one.name, type=_type(path, one)) for one in schema]
        for batch in batches:
            for profile, array in zip(profiles, batch.columns, strict=True):
                profile.add(array)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise DataRejected(f"{path} cannot be read: {str(error)[:300]}; mend the file") from error
    return [profile.settle() for profile in profiles]


def _type(path: Path, column: pa.Field) -> str:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    is_naive = pa.types.is_timestamp(kind) and kind.tz is None and path.suffix == ".csv"
    found = next((name for test, name in _TYPES if test(kind)), None)
    if found is None:
        raise DataRejected(
            f"{path}: column {column.name} is {kind}, a type that contracts do not know; leave the column "
            "out, or write it as numbers, text, truth values or points in time"
        )
    return "text" if is_naive else found


def _parquet(path: Path, _: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    # Not buffered ahead, which would hold the whole file.
    file = pq.ParquetFile(path, pre_buffer=False, buffer_size=PAGE_BLOCK_BYTES)
    return file.schema_arrow, file.iter_batches(batch_size=ROWS_PER_BATCH)


def _csv(path: Path, delimiter: str) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    reader = pa_csv.open_csv(
        path,
        parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    return reader.schema, reader
