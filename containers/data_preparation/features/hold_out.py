"""Writes the hold-out: the test rows twice in one order, as raw inputs for batch transform, a line each, and
as labels with segments for the evaluation. Every shard writes its rows apart; joined they are two files."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from contracts.artifacts import LABEL
from contracts.dataset import Contract
from features.output import unfinished

RULE = "rule_probability"


class HoldOut:
    """The test rows of one shard in two unfinished files, which are there only if it has any."""

    def __init__(self, folder: Path, index: int, contract: Contract) -> None:
        self.rows, self._contract = 0, contract
        self._names = [column.name for column in contract.input_columns]
        unfinished(folder).mkdir(parents=True, exist_ok=True)
        self.inputs = unfinished(folder) / f"inputs-{index:05}.csv"
        self.labels = unfinished(folder) / f"labels-{index:05}.parquet"
        self._csv: pa.csv.CSVWriter | None = None
        self._parquet: pa.parquet.ParquetWriter | None = None

    def add(self, batch: pa.RecordBatch, labels: npt.NDArray[np.int8], rule: Mapping[str, Any]) -> None:
        """Appends test rows; `rule` holds the name of the one-feature rule's feature and its
        `probabilities`."""
        inputs, answers = self._inputs_of(batch), self._answers_of(batch, labels, rule)
        if self._csv is None or self._parquet is None:
            header = pa.csv.WriteOptions(include_header=False)
            self._csv = pa.csv.CSVWriter(self.inputs, inputs.schema, write_options=header)
            self._parquet = pa.parquet.ParquetWriter(self.labels, answers.schema, compression="zstd")
        self._csv.write_batch(inputs)
        self._parquet.write_table(answers)
        self.rows += len(labels)

    def close(self) -> None:
        """Ends both files."""
        for writer in (self._csv, self._parquet):
            if writer is not None:
                writer.close()

    def _inputs_of(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [_input(batch.column(name)) for name in self._names]
        if len(columns) == 1:  # a null alone would leave a line without anything, which is no row of CSV
            columns = [pc.fill_null(columns[0].cast(pa.string()), "")]
        return pa.record_batch(columns, self._names)

    def _answers_of(
        self, batch: pa.RecordBatch, labels: npt.NDArray[np.int8], rule: Mapping[str, Any]
    ) -> pa.Table:
        columns = {
            LABEL: pa.array(labels),
            RULE: pa.array(rule["probabilities"]),
            self._contract.event_time: batch.column(self._contract.event_time),
            **{name: batch.column(name).cast(pa.string()) for name in self._contract.segments},
        }
        return pa.table(columns).replace_schema_metadata({"rule_feature": rule["feature"]})


def join(parts: Sequence[HoldOut], folder: Path) -> None:
    """Makes inputs/inputs.csv and labels/labels.parquet of what the shards wrote, in this order. Each part is
    removed when it is taken, so that the volume holds the rows once."""
    inputs, labels = folder / "inputs/inputs.csv", folder / "labels/labels.parquet"
    inputs.parent.mkdir(parents=True, exist_ok=True)
    labels.parent.mkdir(parents=True, exist_ok=True)
    first, *others = [part for part in parts if part.rows]
    _append([part.inputs for part in others], first.inputs)
    first.inputs.replace(inputs)
    if others:
        _concatenate([first.labels, *(part.labels for part in others)], labels)
    else:
        first.labels.replace(labels)


def _append(sources: Sequence[Path], target: Path) -> None:
    with target.open("ab") as whole:
        for path in sources:
            with path.open("rb") as part:
                shutil.copyfileobj(part, whole)
            path.unlink()


def _concatenate(sources: Sequence[Path], target: Path) -> None:
    """One Parquet file with the row groups of several."""
    with pa.parquet.ParquetWriter(target, pa.parquet.read_schema(sources[0]), compression="zstd") as whole:
        for path in sources:
            with pa.parquet.ParquetFile(path) as part:
                for group in range(part.num_row_groups):
                    whole.write_table(part.read_row_group(group))
            path.unlink()


def _input(column: pa.Array) -> pa.Array:
    """A column as requests spell it, a line a row."""
    if pa.types.is_dictionary(column.type):
        return column.cast(pa.string())
    if pa.types.is_timestamp(column.type):
        return _in_utc(column)
    return _on_one_line(column) if pa.types.is_string(column.type) else column


def _in_utc(moments: pa.Array) -> pa.Array:
    """Moments as text that ends with Z; Arrow, told the zone, takes ten times as long for the same."""
    return pc.binary_join_element_wise(moments.cast(pa.timestamp("us")).cast(pa.string()), "Z", "")


def _on_one_line(texts: pa.Array) -> pa.Array:
    """Texts with spaces for line breaks, which batch transform takes for the ends of records
    (TransformInput.SplitType); no transform of text tells one from the other. Levels have none."""
    return pc.replace_substring_regex(texts, "[\r\n]", " ")
