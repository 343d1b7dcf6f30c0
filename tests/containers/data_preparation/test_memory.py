"""The memory of the features job stays flat, however many rows there are and however wide a row group is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract

COLUMNS = 16
SIZES = (40_000, 120_000, 480_000)
MOST_MIB = 200
MOST_SIDE_BY_SIDE_MIB = 400
# Not ru_maxrss: that one counts the process that started us, too.
CHILD = """
import os
os.cpu_count = lambda: int(os.environ["CORES"])
from features.__main__ import main
code = main()
print(int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) // 1024)
raise SystemExit(code)
"""


def table(rows: int) -> pa.Table:
    """A moment, a level, numbers with gaps, and what is predicted."""
    chance = np.random.default_rng(rows)
    numbers = {
        f"n{i}": pa.array(chance.normal(size=rows), mask=chance.random(rows) < 0.1) for i in range(COLUMNS)
    }
    levels = pa.array([f"level{i}" for i in range(40)]).take(pa.array(chance.integers(0, 40, rows)))
    moments = pa.array(np.arange(rows) * 1_000_000, pa.timestamp("us", "UTC"))
    return pa.table({"at": moments, "level": levels, **numbers, "y": chance.normal(size=rows)})


def contract() -> dict[str, Any]:
    def column(name: str, kind: str) -> dict[str, Any]:
        return {"name": name, "type": kind, "is_known_before_prediction": name != "y"}

    numbers = [f"n{i}" for i in range(COLUMNS)]
    columns = [column("at", "timestamp"), column("level", "categorical")]
    scaled = [{"name": n, "column": n, "transform": "number", "scale": "robust"} for n in numbers]
    return {
        "name": "measurements",
        "version": 1,
        "formats": {"parquet": {}, "csv": {"encoding": "utf-8", "delimiter": ","}},
        "columns": [*columns, *(column(name, "number") for name in [*numbers, "y"])],
        "target": {"name": "is_high", "column": "y", "rule": "greater_than", "value": 0.5},
        "features": [*scaled, {"name": "level", "column": "level", "transform": "target_rate"}],
        "segments": [],
        "event_time": "at",
        "primary_key": ["at"],
        "split": {"by": "event_time", "validation_share": 0.15, "test_share": 0.15},
    }


def peak_mib(job: Any, rows: int, extension: str, cores: int = 2, files: int = 1) -> int:
    """The most memory that a job over files of so many rows took where it counts so many cores; Parquet is
    one row group."""
    landed = job.root / "processing/input/landed"
    landed.mkdir(parents=True)
    for number in range(files):
        if extension == "csv":
            pa_csv.write_csv(table(rows), landed / f"{number}.csv")
        else:
            pq.write_table(table(rows), landed / f"{number}.parquet", row_group_size=rows)
    job.write("processing/input/contract/contract.json", contract())
    command = [sys.executable, "-c", CHILD]
    surroundings = job.environment("features") | {"CORES": str(cores)}
    ended = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    summary, peak = ended.stdout.splitlines()
    assert json.loads(summary)["records_processed"] == rows * files
    return int(peak)


@pytest.mark.parametrize("rows", SIZES)
def test_rows_in_one_wide_row_group_need_no_more_memory_the_more_they_are(job: Any, rows: int) -> None:
    assert peak_mib(job, rows, "parquet") <= MOST_MIB


def test_a_machine_of_many_cores_needs_no_more_memory(job: Any) -> None:
    assert peak_mib(job, SIZES[1], "parquet", cores=96) <= MOST_MIB


def test_text_is_read_in_blocks_that_do_not_pile_up(job: Any) -> None:
    assert peak_mib(job, SIZES[1], "csv") <= MOST_MIB


def test_files_are_read_side_by_side_in_bounded_memory(job: Any) -> None:
    assert peak_mib(job, SIZES[0], "parquet", cores=96, files=12) <= MOST_SIDE_BY_SIDE_MIB


def test_fewer_files_are_read_side_by_side_the_wider_they_are(contract_file: Path) -> None:
    from features.engine import side_by_side

    flights = Contract.from_json(contract_file.read_bytes())
    hot = [{"name": f"hot{n}", "column": "dest", "transform": "one_hot"} for n in range(4)]
    wide = Contract.from_dict(flights.to_dict() | {"features": hot})
    found = [side_by_side(one, cores) for one, cores in ((flights, 2), (flights, 96), (wide, 96))]
    assert found == [2, 12, 1]


def test_the_allocator_is_chosen_on_linux_and_only_where_nothing_is_set() -> None:
    from features.allocator import spare_memory

    chosen, untouched, elsewhere = dict[str, str](), {"ARROW_DEFAULT_MEMORY_POOL": "system"}, dict[str, str]()
    spare_memory("linux", chosen)
    spare_memory("linux", untouched)
    spare_memory("darwin", elsewhere)
    assert chosen == {"ARROW_DEFAULT_MEMORY_POOL": "jemalloc"}
    assert (untouched, elsewhere) == ({"ARROW_DEFAULT_MEMORY_POOL": "system"}, {})
