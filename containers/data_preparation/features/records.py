"""Rows as records of the Feature Store: key, moment, run and every feature as text, before anything learnt is
applied. A row whose key has a hole can't be found again, so it is no record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset import Contract
from contracts.feature_group import EVENT_TIME, RECORD_ID, RUN_ID, type_of
from contracts.transforms import LEVELLED, Feature
from features.measures import Measures, as_text

# ISO 8601; its fraction has as many digits as the column's unit.
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
# Milliseconds are the finest form that the documentation of EventTime names.
EVENT = pa.timestamp("ms", tz="UTC")
FIRST = pa.scalar(datetime(1, 1, 1, tzinfo=UTC), EVENT)
LAST = pa.scalar(datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC), EVENT)
SEPARATOR = "|"
Record = list[dict[str, str]]


@dataclass(frozen=True)
class Records:
    """The records of one batch; `refused` says for each other row why it is none."""

    record_ids: Sequence[str]
    columns: Mapping[str, Sequence[str | None]]
    refused: Sequence[str]

    def __iter__(self) -> Iterator[Record]:
        names = list(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield [
                {"FeatureName": name, "ValueAsString": value}
                for name, value in zip(names, values, strict=True)
                if value is not None
            ]


def columns_of(contract: Contract) -> list[str]:
    """The columns that records are made of."""
    inputs = [column.name for column in contract.input_columns]
    return list(dict.fromkeys([*inputs, contract.event_time, *contract.primary_key]))


def records_of(contract: Contract, batch: pa.RecordBatch, run_id: str) -> Records:
    """The records of a batch of landed rows, typed as the contract says."""
    batch, refused = _with_key_and_moment(contract, batch)
    record_ids = keys_of(contract, batch).to_pylist()
    columns = {
        RECORD_ID: record_ids,
        EVENT_TIME: pc.strftime(_moments(batch.column(contract.event_time)), MOMENT).to_pylist(),
        RUN_ID: [run_id] * batch.num_rows,
    }
    types = {column.name: column for column in contract.columns}
    for feature in contract.features:
        values = _values(feature, batch, type_of(feature, types))
        columns[feature.name] = values.to_pylist()
    return Records(record_ids, columns, refused)


def _with_key_and_moment(contract: Contract, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, list[str]]:
    """The rows that make records, and why each other makes none."""
    refused = list[str]()

    def keep(batch: pa.RecordBatch, is_sound: pa.Array, reason: str) -> pa.RecordBatch:
        lost = batch.num_rows - (pc.sum(is_sound).as_py() or 0)
        refused.extend([reason] * lost)
        return batch.filter(is_sound) if lost else batch

    for column in dict.fromkeys([contract.event_time, *contract.primary_key]):
        is_there = pc.invert(holes(batch.column(column)))
        batch = keep(batch, is_there, f"{column} is null: a record needs its whole key and its moment")
    moments = _moments(batch.column(contract.event_time))
    is_dated = pc.and_(pc.greater_equal(moments, FIRST), pc.less_equal(moments, LAST))
    batch = keep(batch, is_dated, f"{contract.event_time} is outside of the years 1 to 9999")
    if len(contract.primary_key) == 1:
        is_told = pc.not_equal(texts(batch.column(contract.primary_key[0])), "")
        batch = keep(batch, is_told, "the key is an empty text: nothing could be found by it")
    return batch, refused


def holes(column: pa.Array) -> pa.Array:
    """Where a column has no value. NaN is none, as for the gate: rows without a key are not those of one."""
    return pc.is_null(column, nan_is_null=pa.types.is_floating(column.type))


def keys_of(contract: Contract, batch: pa.RecordBatch) -> pa.Array:
    """The primary key as one text; a separator inside of a part is escaped, so no two keys read the same."""
    parts = [texts(batch.column(name)) for name in contract.primary_key]
    if len(parts) == 1:
        return parts[0]
    escaped = [
        pc.replace_substring(pc.replace_substring(part, "\\", "\\\\"), SEPARATOR, f"\\{SEPARATOR}")
        for part in parts
    ]
    return pc.binary_join_element_wise(*escaped, SEPARATOR)


def texts(column: pa.Array) -> pa.Array:
    """A column as the store spells it: moments in UTC, truth as true and false, numbers as digits. A moment
    is spelled in milliseconds, and only one that needs them in microseconds: no two read the same."""
    if not pa.types.is_timestamp(column.type):
        return column.cast(pa.string())
    moments = _moments(column)
    is_exact = pc.equal(moments, column)
    return pc.if_else(is_exact, pc.strftime(moments, MOMENT), pc.strftime(column, MOMENT))


def _moments(column: pa.Array) -> pa.Array:
    """Points in time as the store keeps them: the millisecond that each lies in."""
    return pc.floor_temporal(column, unit="millisecond").cast(EVENT)


def _values(feature: Feature, batch: pa.RecordBatch, kind: str) -> pa.Array:
    column = batch.column(feature.column)
    if feature.transform in LEVELLED:
        return as_text(column)
    if pa.types.is_integer(column.type) and feature.transform in ("number", "bucket"):
        return column.cast(pa.string())  # as a float it would lose digits beyond 2^53
    numbers = pa.array(Measures(batch).numbers(feature), from_pandas=True)
    return (numbers.cast(pa.int64()) if kind == "Integral" else numbers).cast(pa.string())
