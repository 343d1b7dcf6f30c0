"""Writes the training set: Parquet parts for training and validation, the hold-out as raw inputs and
labels, and the manifest that seals them with row counts and SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from contracts.artifacts import EVENT_MINUTE, LABEL, Manifest, ManifestFile, set_sha256
from contracts.dataset import Contract
from contracts.encoding import Encoding
from features.encode import Columns

RULE = "rule_probability"


class Part:
    """The rows of one shard in one split as a Parquet file, written only if there are any."""

    def __init__(self, folder: Path, index: int, encoding: Encoding) -> None:
        self._path, self.rows = folder / f"part-{index:05}.parquet", 0
        # Outside the job's output: what a dead attempt left behind must not be uploaded as a part.
        self._unfinished = folder.parents[1] / "unfinished" / folder.name / self._path.name
        self._schema = part_schema(encoding)
        self._writer: pa.parquet.ParquetWriter | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def add(
        self,
        features: Columns,
        labels: npt.NDArray[np.int8],
        minutes: npt.NDArray[np.int64],
    ) -> None:
        """Appends rows."""
        if not len(labels):
            return
        if self._writer is None:
            self._unfinished.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pa.parquet.ParquetWriter(self._unfinished, self._schema, compression="zstd")
        columns = [pa.array(column) for column in (*features, labels, minutes)]
        self._writer.write_table(pa.table(columns, schema=self._schema))
        self.rows += len(labels)

    def close(self) -> Sequence[ManifestFile]:
        """Ends the file and puts it in its place; its entry of the manifest, if it has rows."""
        if self._writer is None:
            return ()
        self._writer.close()
        self._unfinished.replace(self._path)
        return (_entry(self._path.parents[1], self._path),)


def part_schema(encoding: Encoding) -> pa.Schema:
    """The columns of a part: float32 features in the model's order, the label, and the event time in minutes
    since 1970, by which folds are cut."""
    fields = [pa.field(name, pa.float32()) for name in encoding.feature_names]
    return pa.schema([*fields, pa.field(LABEL, pa.int8()), pa.field(EVENT_MINUTE, pa.int64())])


class HoldOut:
    """The test rows twice in one order: raw inputs for batch transform, a line each, and labels with segments
    for the evaluation."""

    def __init__(self, folder: Path, contract: Contract) -> None:
        self.rows, self._contract = 0, contract
        self._names = [column.name for column in contract.input_columns]
        for part in ("inputs", "labels"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        self._inputs, self._labels = folder / "inputs/inputs.csv", folder / "labels/labels.parquet"
        self._csv: pa.csv.CSVWriter | None = None
        self._parquet: pa.parquet.ParquetWriter | None = None

    def add(self, batch: pa.RecordBatch, labels: npt.NDArray[np.int8], rule: Mapping[str, Any]) -> None:
        """Appends test rows; `rule` holds the name of the one-feature rule's feature and its
        `probabilities`."""
        columns = [_input(batch.column(name)) for name in self._names]
        if len(columns) == 1:  # a null alone would leave a line without anything, which is no row of CSV
            columns = [pc.fill_null(columns[0].cast(pa.string()), "")]
        inputs = pa.record_batch(columns, self._names)
        answers = pa.table(
            {
                LABEL: pa.array(labels),
                RULE: pa.array(rule["probabilities"]),
                self._contract.event_time: batch.column(self._contract.event_time),
                **{name: batch.column(name).cast(pa.string()) for name in self._contract.segments},
            }
        ).replace_schema_metadata({"rule_feature": rule["feature"]})
        if self._csv is None or self._parquet is None:
            header = pa.csv.WriteOptions(include_header=False)
            self._csv = pa.csv.CSVWriter(self._inputs, inputs.schema, write_options=header)
            self._parquet = pa.parquet.ParquetWriter(self._labels, answers.schema, compression="zstd")
        self._csv.write_batch(inputs)
        self._parquet.write_table(answers)
        self.rows += len(labels)

    def close(self) -> None:
        """Ends both files."""
        for writer in (self._csv, self._parquet):
            if writer is not None:
                writer.close()


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


def seal(
    folder: Path,
    contract: Contract,
    encoding: Encoding,
    rows: Mapping[str, int],
    unlabelled: int,
    parts: Sequence[ManifestFile],
) -> Manifest:
    """Writes manifest.json over the parts, wherever they were written, and everything else below the folder;
    the manifest itself is not listed."""
    written = {part.path: part for part in parts}
    here = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    entries = {name: _entry(folder, path, rows["test"]) for name, path in here.items() if name not in written}
    files = tuple(file for _, file in sorted({**entries, **written}.items()))
    manifest = Manifest(
        dataset=contract.name,
        contract_version=contract.version,
        files=files,
        rows=rows,
        rows_without_label=unlabelled,
        schema={field.name: str(field.type) for field in part_schema(encoding)},
        sha256=set_sha256(files),
    )
    write_json(folder / "manifest.json", manifest.to_dict())
    return manifest


def _files(folder: Path) -> Sequence[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / "manifest.json")


def _entry(folder: Path, path: Path, csv_rows: int = 0) -> ManifestFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if path.suffix == ".parquet":
        count = pa.parquet.read_metadata(path).num_rows
    else:
        count = csv_rows if path.suffix == ".csv" else 0
    size = path.stat().st_size
    return ManifestFile(path=path.relative_to(folder).as_posix(), rows=count, size_bytes=size, sha256=digest)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Writes a document, one field a line at the top so that people can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
