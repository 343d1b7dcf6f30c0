from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

CONTRACT = Path(__file__).resolve().parents[3] / "datasets/flights/contract.json"


@pytest.fixture
def check(trainyard: Any) -> Any:
    return lambda *arguments: trainyard("contract", "check", "--contract", CONTRACT, *arguments)


@pytest.mark.parametrize("name", ["2013-01.parquet", "2013-01.csv"])
def test_real_flights_keep_the_contract_and_exit_with_zero(check: Any, flights: Path, name: str) -> None:
    answer = check(flights / name)
    assert answer.code == 0
    assert f"{name}: valid" in answer.out


def test_violations_are_listed_by_file_and_exit_with_one(check: Any, flights: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.parquet"
    table = pq.read_table(flights / "2013-01.parquet")
    pq.write_table(table.drop_columns(["origin"]).rename_columns({"carrier": "Carrier"}), bad)
    answer = check(flights / "2013-01.parquet", bad)
    assert answer.code == 1
    assert "carrier: present: saw no such column, the nearest of another name is Carrier" in answer.out
    assert "origin: present: saw no such column, of other names are Carrier" in answer.out


@pytest.mark.parametrize("options", [[], ["--strict"]])
def test_a_value_that_no_request_may_hold_is_shown_with_what_is_allowed(
    check: Any, flights: Path, tmp_path: Path, options: list[str]
) -> None:
    table, bad = pq.read_table(flights / "2013-01.parquet"), tmp_path / "bad.parquet"
    moments = pa.array([datetime(9999, 12, 31, tzinfo=UTC), *table["time_hour"].to_pylist()[1:]])
    pq.write_table(table.set_column(table.schema.get_field_index("time_hour"), "time_hour", moments), bad)
    answer = check(*options, bad)
    assert answer.code == 1
    allowed = "moment of the years 1900 to 2200: the endpoint refuses others"
    assert f'  time_hour: servable: saw "9999-12-31T00:00:00Z", allowed {allowed}\n' in answer.out


def test_the_reports_as_json_are_those_that_the_gate_writes(check: Any, flights: Path) -> None:
    answer = check("--json", flights / "2013-01.parquet")
    (report,) = json.loads(answer.out)
    assert (report["is_valid"], report["evidence"]["dest"]) == (True, "dictionary")


def test_a_strict_check_rests_on_every_value_of_every_column(check: Any, flights: Path) -> None:
    answer = check("--json", "--strict", flights / "2013-01.parquet")
    (report,) = json.loads(answer.out)
    assert (report["is_valid"], set(report["evidence"].values())) == (True, {"data"})


def test_a_file_that_is_not_there_exits_with_two(check: Any, tmp_path: Path) -> None:
    answer = check(tmp_path / "no.parquet")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"{tmp_path}/no.parquet: No such file or directory\n"


def test_a_contract_that_makes_no_sense_exits_with_two(trainyard: Any, flights: Path, tmp_path: Path) -> None:
    contract = tmp_path / "contract.json"
    contract.write_text('{"name": "x"}')
    answer = trainyard("contract", "check", "--contract", contract, flights / "2013-01.csv")
    assert (answer.code, answer.err) == (2, f"{contract}: contract.version is missing: add it\n")


def test_the_parts_of_a_month_are_checked_one_by_one(check: Any, flights: Path, tmp_path: Path) -> None:
    for name in ("2013-01/part-0.parquet", "2013-01/day=02/part-1.parquet", "2013-01/_temporary/0.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(flights / "2013-01.parquet", tmp_path / name)
    (tmp_path / "2013-01/_SUCCESS").touch()
    answer = check(tmp_path / "2013-01", flights / "2013-01.csv")
    assert answer.code == 0
    checked = [line.partition(": valid")[0] for line in answer.out.splitlines()]
    month = tmp_path / "2013-01"
    parts = [month / "day=02/part-1.parquet", month / "part-0.parquet"]
    assert checked == [*map(str, parts), str(flights / "2013-01.csv")]


def test_a_folder_without_data_is_nothing_to_check_and_exits_with_two(check: Any, tmp_path: Path) -> None:
    answer = check(tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"{tmp_path} holds no .parquet or .csv: name another folder\n"
