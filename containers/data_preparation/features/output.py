"""Writes the training set: Parquet parts for training and validation, and the manifest that seals them and
the hold-out with row counts and SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from contracts.artifacts import EVENT_MINUTE, LABEL, Manifest, ManifestFile, set_sha256
from contracts.dataset import Contract
from contracts.encoding import Encoding
from features.encode import Columns


class Part:
    """The rows of one shard in one split as a Parquet file, written only if there are any."""

    def __init__(self, folder: Path, index: int, encoding: Encoding) -> None:
        self._path = folder / f"part-{index:05}.parquet"
        self._unfinished = unfinished(folder) / self._path.name
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

    def close(self) -> Sequence[ManifestFile]:
        """Ends the file and puts it in its place; its entry of the manifest, if it has rows."""
        if self._writer is None:
            return ()
        self._writer.close()
        self._unfinished.replace(self._path)
        return (_entry(self._path.parents[1], self._path),)


def unfinished(folder: Path) -> Path:
    """Where files of a folder of the set are written until they are whole: outside the job's output, since
    what a dead attempt left behind must not be uploaded."""
    return folder.parents[1] / "unfinished" / folder.name


def part_schema(encoding: Encoding) -> pa.Schema:
    """The columns of a part: float32 features in the model's order, the label, and the event time in minutes
    since 1970, by which folds are cut."""
    fields = [pa.field(name, pa.float32()) for name in encoding.feature_names]
    return pa.schema([*fields, pa.field(LABEL, pa.int8()), pa.field(EVENT_MINUTE, pa.int64())])


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
