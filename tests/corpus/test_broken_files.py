from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import CSV, LATE, PARQUET, InMemory, in_the_last_group
from tests.functions.data_preparation.conftest import contract, flights  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
EXHAUSTING = [("parquet", "unpacks to far more"), ("csv", "one endless row")]
CORPUS = [("parquet", name) for name in PARQUET] + [("csv", name) for name in CSV]
# Interpreter and libraries take about 110 MiB of it.
MOST_MIB = 420
CHILD = """
import json, sys
from pathlib import Path
from contracts.dataset import Contract
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.validation import validate
contract = Contract.from_json(open("datasets/flights/contract.json").read())
with LocalFile(Path(sys.argv[1])) as source:
    report = validate(sys.argv[1], source, contract, True)
# Not ru_maxrss: that one counts the process that started us, too.
peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps({"peak_mib": peak, "violations": len(report.violations)}))
"""


@pytest.mark.parametrize(("extension", "name"), [one for one in CORPUS if one not in EXHAUSTING], ids=str)
def test_every_broken_file_ends_in_a_report_that_says_why(
    extension: str,
    name: str,
    contract: Any,  # noqa: F811
    flights: pa.Table,  # noqa: F811
) -> None:
    content = {"parquet": PARQUET, "csv": CSV}[extension][name](flights)
    for is_strict in (False, True):
        report = validate(f"2013-01.{extension}", InMemory(content), contract, is_strict)
        assert report.violations, f"{name} was accepted"
        assert all(one.seen and one.allowed for one in report.violations)


@pytest.mark.parametrize(("extension", "name"), LATE, ids=str)
def test_what_breaks_late_is_found_and_is_all_that_is_said(
    extension: str,
    name: str,
    contract: Any,  # noqa: F811
    flights: pa.Table,  # noqa: F811
) -> None:
    make, expected = LATE[extension, name]
    report = validate(f"2013-01.{extension}", InMemory(make(flights)), contract)
    assert [f"{one.column}: {one.rule}" for one in report.violations] == [expected]


def test_a_late_nan_that_no_footer_counts_is_found_by_reading_every_value(
    contract: Any,  # noqa: F811
    flights: pa.Table,  # noqa: F811
) -> None:
    content = in_the_last_group("distance", [1.0] * 99 + [float("nan")])(flights)
    by_footer, by_values = (
        validate("2013-01.parquet", InMemory(content), contract, is_strict) for is_strict in (False, True)
    )
    assert by_footer.evidence["distance"] == "statistics"
    assert [(one.column, one.rule) for one in by_values.violations] == [("distance", "max_null_ratio")]


@pytest.mark.parametrize("is_strict", [False, True])
def test_a_row_group_without_rows_among_full_ones_breaks_nothing(
    contract: Any,  # noqa: F811
    flights: pa.Table,  # noqa: F811
    is_strict: bool,
) -> None:
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, flights.schema) as writer:
        for part in (flights.slice(0, 0), flights, flights.slice(0, 0)):
            writer.write_table(part)
    report = validate("2013-01.parquet", InMemory(buffer.getvalue()), contract, is_strict)
    assert (report.violations, report.rows) == ((), len(flights))


@pytest.mark.parametrize(("extension", "name"), EXHAUSTING, ids=str)
def test_a_file_made_to_exhaust_memory_is_refused_within_bounds(
    extension: str,
    name: str,
    flights: pa.Table,  # noqa: F811
    tmp_path: Path,
) -> None:
    path = tmp_path / f"x.{extension}"
    path.write_bytes({"parquet": PARQUET, "csv": CSV}[extension][name](flights))
    command = [sys.executable, "-c", CHILD, str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    assert answer["violations"]
    assert answer["peak_mib"] < MOST_MIB
