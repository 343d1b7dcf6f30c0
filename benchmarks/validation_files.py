"""The files that validation is timed on, made once under build/benchmarks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks.validation_data import CATEGORIES, INTEGERS, NULL_SHARES, NUMBERS

FOLDER = Path(__file__).resolve().parents[1] / "build" / "benchmarks"
ROWS_PER_GROUP = 1_000_000


def parquet_file(rows: int) -> Path:
    """The Parquet file of so many rows."""
    return _file(f"{rows}.parquet", rows, pq.ParquetWriter)


def csv_file(rows: int) -> Path:
    """The CSV file of so many rows."""
    return _file(f"{rows}.csv", rows, pa_csv.CSVWriter)


def _file(name: str, rows: int, writer_of: Callable[[Path, pa.Schema], Any]) -> Path:
    """Made once, a batch at a time; in Parquet each is a row group."""
    path = FOLDER / name
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        with writer_of(half, batch(0, 1).schema) as writer:
            for start in range(0, rows, ROWS_PER_GROUP):
                writer.write_batch(batch(start, min(ROWS_PER_GROUP, rows - start)))
        half.rename(path)
    return path


def batch(seed: int, rows: int) -> pa.RecordBatch:
    """Rows made from a seed."""
    random = np.random.default_rng(seed)
    columns: dict[str, pa.Array] = {}
    for name in NUMBERS:
        values = random.normal(100, 15, rows)
        columns[name] = pa.array(values, mask=random.random(rows) < NULL_SHARES.get(name, 0.01))
    for name in INTEGERS:
        columns[name] = pa.array(random.integers(0, 10_000, rows))
    for name, levels in CATEGORIES.items():
        labels = np.array([f"level-{index:03d}" for index in range(levels)])
        columns[name] = pa.array(labels[random.integers(0, levels, rows)])
    moments = 1_700_000_000_000_000 + random.integers(0, 10**13, rows)
    columns["t"] = pa.array(moments, pa.timestamp("us", tz="UTC"))
    return pa.record_batch(columns)
