from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract


@pytest.mark.parametrize("name", ["2013-01.parquet", "2013-01.csv"])
def test_the_file_itself_keeps_the_contract_inferred_from_it(
    trainyard: Any, flights: Path, tmp_path: Path, name: str
) -> None:
    inferred = trainyard("contract", "infer", flights / name, "--target", "arr_delay", "--name", "flights")
    contract = tmp_path / "contract.json"
    contract.write_text(inferred.out)
    assert inferred.code == 0
    answer = trainyard("contract", "check", "--contract", contract, "--strict", flights / name)
    assert (answer.code, answer.err) == (0, "")


def test_what_the_data_cannot_say_is_named_for_a_person(trainyard: Any, flights: Path) -> None:
    answer = trainyard("contract", "infer", flights / "2013-01.parquet", "--target", "arr_delay")
    contract = Contract.from_json(answer.out)
    assert (contract.target.column, contract.event_time) == ("arr_delay", "time_hour")
    assert contract.column("carrier").type == "categorical"
    assert contract.column("tailnum").type == "text"
    assert "arr_delay" not in {feature.column for feature in contract.features}
    assert "is_known_before_prediction of every column" in answer.err


def test_a_file_without_a_point_in_time_is_refused(trainyard: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "x.parquet")
    answer = trainyard("contract", "infer", tmp_path / "x.parquet")
    assert (answer.code, answer.out) == (2, "")
    assert "a contract names one as event_time; add it to the data" in answer.err


def test_a_target_that_is_no_number_is_refused_with_the_columns_that_are(
    trainyard: Any, flights: Path
) -> None:
    answer = trainyard("contract", "infer", flights / "2013-01.parquet", "--target", "carrier")
    assert answer.code == 2
    assert "--target carrier is no column of numbers" in answer.err
    assert "arr_delay" in answer.err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.xlsx", b"PK", "neither .parquet nor .csv"),
        ("x.parquet", b"PAR1", "cannot be read"),
        ("x.csv", b"a,b\n1\n", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_exits_with_two(
    trainyard: Any, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    answer = trainyard("contract", "infer", tmp_path / name)
    assert answer.code == 2
    assert words in answer.err


def test_a_column_of_lists_is_named_with_what_to_do(trainyard: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [[1]]}), tmp_path / "x.parquet")
    answer = trainyard("contract", "infer", tmp_path / "x.parquet")
    assert "column a is list" in answer.err
    assert "leave the column out" in answer.err


def test_numbers_without_a_spread_get_bounds_that_hold_them(trainyard: Any, tmp_path: Path) -> None:
    moments = pa.array([0] * 8, pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"t": moments, "n": [5] * 8, "b": [True] * 8}), tmp_path / "x.parquet")
    document = json.loads(trainyard("contract", "infer", tmp_path / "x.parquet", "--target", "b").out)
    assert (document["columns"][1]["min"], document["columns"][1]["max"]) == (5, 5)
    assert document["target"]["rule"] == "equals"
