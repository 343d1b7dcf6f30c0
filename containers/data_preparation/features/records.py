"""Rows as records of the Feature Store: key, moment, run and every feature as text, before anything learnt is
applied. A row whose key has a hole can't be found again, so it is no record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset import Contract
from contracts.feature_group import EVENT_TIME, RECORD_ID, RUN_ID, type_of
from contracts.transforms import LEVELLED, Feature
from features.encode import as_levels, unfitted

# ISO 8601 in milliseconds, the finest form that the documentation of EventTime names.
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
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
    refused = list[str]()
    for column in dict.fromkeys([contract.event_time, *contract.primary_key]):
        is_there = pc.is_valid(batch.column(column))
        holes = batch.num_rows - (pc.sum(is_there).as_py() or 0)
        refused += [f"{column} is null: a record needs its whole key and its moment"] * holes
        batch = batch.filter(is_there) if holes else batch
    record_ids = keys_of(contract, batch).to_pylist()
    columns = {
        RECORD_ID: record_ids,
        EVENT_TIME: texts(batch.column(contract.event_time)).to_pylist(),
        RUN_ID: [run_id] * batch.num_rows,
    }
    types = {column.name: column for column in contract.columns}
    for feature in contract.features:
        values = _values(feature, batch, type_of(feature, types))
        columns[feature.name] = values.to_pylist()
    return Records(record_ids, columns, refused)


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
    """A column as the store spells it: moments in UTC, truth as true and false, numbers as digits."""
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column.cast(pa.timestamp("ms", tz="UTC")), MOMENT)
    return column.cast(pa.string())


def _values(feature: Feature, batch: pa.RecordBatch, kind: str) -> pa.Array:
    column = batch.column(feature.column)
    if feature.transform in LEVELLED:
        return as_levels(column).cast(pa.string())
    numbers = pa.array(unfitted(feature, column), from_pandas=True)
    return (numbers.cast(pa.int64()) if kind == "Integral" else numbers).cast(pa.string())
