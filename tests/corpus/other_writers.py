"""Writes the small files under tests/corpus/written with the libraries that the tests do without: polars and
DuckDB, each in several ways, a file that keeps the flights contract and one that breaks it in four places.

    python -m tests.corpus.other_writers

Needs requirements/benchmarks.txt; run it again for another version of a writer, and name that below.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from rehearsal.landing import write_month

FOLDER = Path(__file__).parent / "written"
ROWS = 120


def polars(table: pa.Table, path: Path, **options: Any) -> None:
    """With polars 2.1.0."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    frame.write_parquet(path, **options)


def in_duckdb(table: pa.Table, path: Path, options: str = "") -> None:
    """With DuckDB 2.0.0."""
    connection = duckdb.connect()
    connection.register("landed", table)
    connection.execute(f"COPY landed TO '{path}' (FORMAT parquet{options})")


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    "polars": polars,
    "polars-lz4-no-statistics": lambda table, path: polars(
        table, path, compression="lz4", statistics=False, row_group_size=50
    ),
    "polars-snappy-small-pages": lambda table, path: polars(
        table, path, compression="snappy", data_page_size=256
    ),
    "duckdb": in_duckdb,
    "duckdb-zstd-v2": lambda table, path: in_duckdb(
        table, path, ", CODEC zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 60"
    ),
    "duckdb-no-dictionary": lambda table, path: in_duckdb(
        table, path, ", CODEC gzip, DICTIONARY_SIZE_LIMIT 1"
    ),
}


def clean() -> pa.Table:
    """Flights of January that keep the contract."""
    with tempfile.TemporaryDirectory() as folder:
        return pq.read_table(write_month("2013-01", Path(folder))).slice(0, ROWS)


def broken(table: pa.Table) -> pa.Table:
    """The same with a month that does not exist, days that are missing, a foreign airport, many carriers."""
    planted = {
        "month": pa.array([1] * (ROWS - 1) + [13], pa.int64()),
        "day": pa.array([None] * 6 + [1] * (ROWS - 6), pa.int64()),
        "origin": pa.array(["JFK"] * (ROWS - 1) + ["XXX"]),
        "carrier": pa.array([f"c{row % 60}" for row in range(ROWS)]),
    }
    for name, values in planted.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    return table


def main() -> None:
    """Writes every file anew."""
    FOLDER.mkdir(exist_ok=True)
    whole = clean()
    for name, write in WRITERS.items():
        write(whole, FOLDER / f"{name}.keeps.parquet")
        write(broken(whole), FOLDER / f"{name}.breaks.parquet")


if __name__ == "__main__":
    main()
