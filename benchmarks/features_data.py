"""What the features job is timed on: every flight of 2013 again in each of some years, a file a year, laid
out as the job finds it. Made once under build/benchmarks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from rehearsal.landing import months, write_month

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build/benchmarks"
CONTRACT = ROOT / "datasets/flights/contract.json"
FIRST_YEAR, WEEKS_A_YEAR = 2013, 52  # whole weeks later, so that days of the week stay


def job_folder(years: int, extension: str) -> Path:
    """A job's folder whose input are the contract and so many years of flights."""
    root = FOLDER / f"features-{years}-{extension}"
    if not root.exists():
        half = root.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        landed = half / "processing/input/landed"
        landed.mkdir(parents=True)
        (half / "processing/input/contract").mkdir()
        shutil.copy(CONTRACT, half / "processing/input/contract")
        flights = _flights(FOLDER / "months")
        for later in range(years):
            _write(_moved(flights, later), landed / f"{FIRST_YEAR + later}.{extension}")
        half.rename(root)
    return root


def landed_files(root: Path) -> list[Path]:
    """The landed files of a job's folder, in the order of their names."""
    return sorted((root / "processing/input/landed").iterdir())


def _flights(folder: Path) -> pa.Table:
    return pa.concat_tables(pq.read_table(write_month(month, folder)) for month in months())


def _moved(flights: pa.Table, years: int) -> pa.Table:
    """The same flights some years later."""
    moment = flights.schema.get_field_index("time_hour")
    weeks = pa.scalar(years * WEEKS_A_YEAR * 7 * 86_400, pa.duration("s"))
    year = flights.schema.get_field_index("year")
    moved = flights.set_column(moment, "time_hour", pc.add(flights["time_hour"], weeks))
    return moved.set_column(year, "year", pc.add(flights["year"], years))


def _write(flights: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        pa_csv.write_csv(flights, path)
    else:
        pq.write_table(flights, path)
