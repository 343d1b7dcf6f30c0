from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract
from functions.data_preparation.validate_schema.text_blocks import BLOCK_BYTES


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
    assert "no column of points in time, and a contract names one as event_time: add it" in answer.err


@pytest.mark.parametrize(("other", "chosen"), [([1, 2], "returned"), ([None, 2], "returned"), (None, "sold")])
def test_the_first_moment_that_every_row_has_is_the_event_time(
    trainyard: Any, tmp_path: Path, other: list[int | None] | None, chosen: str
) -> None:
    moments = pa.timestamp("us", "UTC")
    columns = {
        "returned": pa.array(other or [None, 1], moments),
        "sold": pa.array([1, None if other else 2], moments),
    }
    pq.write_table(pa.table({**columns, "a": [1, 2]}), tmp_path / "x.parquet")
    answer = trainyard("contract", "infer", tmp_path / "x.parquet")
    assert json.loads(answer.out)["event_time"] == chosen
    told = f"x.parquet: {chosen}: max_null_ratio" in answer.err
    assert told == (other == [None, 2]), answer.err


def test_a_target_that_is_no_number_is_refused_with_the_columns_that_are(
    trainyard: Any, flights: Path
) -> None:
    answer = trainyard("contract", "infer", flights / "2013-01.parquet", "--target", "tailnum")
    assert answer.code == 2
    assert "--target tailnum is no column of numbers, truth values or categories" in answer.err
    assert "arr_delay" in answer.err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.xlsx", b"PK", "neither .parquet nor .csv"),
        ("x.parquet", b"PAR1", "cannot be read"),
        ("x.csv", b"a,b\n1\n", "cannot be read"),
        ("x.csv", b"", "cannot be read: a file without a header"),
        ("x.csv", b"a,b\n1,\xff\n", "cannot be read: bytes that are no UTF-8, first at 6;"),
        (
            "x.csv",
            b"t,s\n2013-01-01T00:00:00Z,x\n",
            "no column of numbers, truth values or categories: a target is one",
        ),
        ("x.csv", b"t\n05:00\n", "no column of a type that contracts know"),
    ],
)
def test_a_file_that_cannot_be_read_exits_with_two(
    trainyard: Any, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    answer = trainyard("contract", "infer", tmp_path / name)
    assert answer.code == 2
    assert words in answer.err


def test_a_column_of_lists_is_left_out_and_said_so(trainyard: Any, tmp_path: Path) -> None:
    moments = pa.array([0] * 8, pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"t": moments, "n": [5] * 8, "a": [[1]] * 8}), tmp_path / "x.parquet")
    answer = trainyard("contract", "infer", tmp_path / "x.parquet")
    assert [one["name"] for one in json.loads(answer.out)["columns"]] == ["t", "n"]
    assert "Left out: a is list<element: int64>, a type that contracts do not know" in answer.err


def test_moments_without_an_offset_are_named_where_none_is_left(trainyard: Any, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("t,n\n2013-01-01 05:00:00,1\n")
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    assert answer.code == 2
    assert "a contract names one as event_time" in answer.err and "t is timestamp[s]." in answer.err


def test_numbers_that_become_fractions_after_the_first_block_are_numbers(
    trainyard: Any, tmp_path: Path
) -> None:
    rows = "".join(f"2013-01-01T00:00:00Z,{number},,7\n" for number in range(BLOCK_BYTES // 25))
    (tmp_path / "x.csv").write_text(f"t,n,late,w\n{rows}2013-01-01T00:00:00Z,0.5,2.5,x\n")
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    contract = Contract.from_json(answer.out)
    assert [one.type for one in contract.columns] == ["timestamp", "number", "number", "categorical"]


def test_numbers_with_another_spelling_of_null_are_pointed_out(trainyard: Any, tmp_path: Path) -> None:
    rows = "".join(f"2013-01-01T00:00:00Z,{'NA' if number == 299 else number}\n" for number in range(300))
    (tmp_path / "y.csv").write_text(f"t,n,y\n{rows.replace('Z,', 'Z,1,')}")
    answer = trainyard("contract", "infer", tmp_path / "y.csv")
    assert "y: numbers and NA, so it counts as text" in answer.err


def test_a_spelling_of_null_that_is_named_goes_into_the_contract(trainyard: Any, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("t,n\n2013-01-01T00:00:00Z,1\n2013-01-01T00:00:00Z,NA\n")
    answer = trainyard("contract", "infer", tmp_path / "x.csv", "--null", "NA")
    contract = Contract.from_json(answer.out)
    assert (contract.csv_nulls, contract.column("n").type) == (["", "NA"], "integer")
    (tmp_path / "contract.json").write_text(answer.out)
    command = ("contract", "check", "--contract", tmp_path / "contract.json", tmp_path / "x.csv")
    assert trainyard(*command).code == 0


def test_a_delimiter_that_no_contract_takes_is_refused(trainyard: Any, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        trainyard("contract", "infer", tmp_path / "x.csv", "--delimiter", "::")
    assert end.value.code == 2


def test_a_header_without_rows_is_nothing_to_infer_from(trainyard: Any, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("t,n\n")
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    assert (answer.code, answer.out) == (2, "")
    assert "has no rows" in answer.err


def test_a_row_longer_than_a_block_is_read_as_any_other(trainyard: Any, tmp_path: Path) -> None:
    row = f"2013-01-01T00:00:00Z,1,{'x' * (BLOCK_BYTES + 1)}\n"
    (tmp_path / "x.csv").write_text(f"t,n,note\n{row}{row}")
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    assert [one.type for one in Contract.from_json(answer.out).columns] == ["timestamp", "integer", "text"]


def test_features_are_named_apart_from_each_other_and_from_the_label(trainyard: Any, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("t,A b,a-b,label,n\n2013-01-01T00:00:00Z,1,2,0,3\n")
    contract = Contract.from_json(trainyard("contract", "infer", tmp_path / "x.csv").out)
    names = {feature.column: feature.name for feature in contract.features}
    assert names == {"t": "t_day_of_week", "A b": "a_b", "a-b": "a_b_2", "label": "label_2"}


def test_a_column_without_a_name_is_left_out_and_the_file_keeps_the_contract(
    trainyard: Any, tmp_path: Path
) -> None:
    moments = "".join(f"{n},2013-01-01T00:00:0{n}Z,{n / 2}\n" for n in range(9))
    (tmp_path / "x.csv").write_text(f",t,n\n{moments}")
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    assert [one["name"] for one in json.loads(answer.out)["columns"]] == ["t", "n"]
    assert "Left out: column 1 has no name" in answer.err
    (tmp_path / "c.json").write_text(answer.out)
    checked = trainyard("contract", "check", "--contract", tmp_path / "c.json", tmp_path / "x.csv")
    assert checked.code == 0, checked.out + checked.err


def test_a_name_that_two_columns_have_is_refused(trainyard: Any, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("t,n,n\n2013-01-01T00:00:00Z,1,late\n")
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    assert (answer.code, answer.out) == (2, "")
    assert 'contract.columns names "n" twice' in answer.err


def test_limits_of_the_largest_numbers_are_numbers(trainyard: Any, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("t,n\n2013-01-01T00:00:00Z,-1e308\n2013-01-01T00:00:00Z,1.7e308\n")
    column = Contract.from_json(trainyard("contract", "infer", tmp_path / "x.csv").out).column("n")
    assert (column.minimum, column.maximum) == (-sys.float_info.max, sys.float_info.max)


def test_numbers_without_a_spread_get_bounds_that_hold_them(trainyard: Any, tmp_path: Path) -> None:
    moments = pa.array([0] * 8, pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"t": moments, "n": [5] * 8, "b": [True] * 8}), tmp_path / "x.parquet")
    answer = trainyard("contract", "infer", tmp_path / "x.parquet", "--target", "b")
    document = json.loads(answer.out)
    assert "n: 5 in every row that has a value, so no feature; no other is allowed." in answer.err
    assert (document["columns"][1]["min"], document["columns"][1]["max"]) == (5, 5)
    assert document["target"]["rule"] == "equals"


MOMENTS = pa.array(range(40), pa.timestamp("us", "UTC"))
ODD = {
    "categories": pa.array(["a", "b"] * 20).dictionary_encode(),
    "halves": pa.array([1.5, -2.5] * 20, pa.float16()),
    "decimals": pa.array([Decimal("1.5")] * 40, pa.decimal32(7, 2)),
    "views": pa.array(["a", "b"] * 20, pa.string_view()),
    "the largest": pa.array([1.7e308, -1.7e308] * 20),
    "beyond 64 bits": pa.array([2**64 - 1, 1] * 20, pa.uint64()),
    "nothing": pa.array([None] * 40, pa.float64()),
}


@pytest.mark.parametrize("name", ODD)
def test_a_file_of_an_odd_type_keeps_the_contract_inferred_from_it(
    trainyard: Any, tmp_path: Path, name: str
) -> None:
    pq.write_table(pa.table({"t": MOMENTS, "v": ODD[name], "y": list(range(40))}), tmp_path / "x.parquet")
    inferred = trainyard("contract", "infer", tmp_path / "x.parquet")
    (tmp_path / "contract.json").write_text(inferred.out)
    assert [one.name for one in Contract.from_json(inferred.out).columns] == ["t", "v", "y"]
    for more in ([], ["--strict"]):
        arguments = ["--contract", tmp_path / "contract.json", *more, tmp_path / "x.parquet"]
        assert trainyard("contract", "check", *arguments).code == 0


@pytest.mark.parametrize(
    ("usual", "value", "words"),
    [
        (
            "2013-06-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
            'it holds "9999-12-31T00:00:00Z", allowed is a moment of the years 1900',
        ),
        ("2.5", "1e39", "it holds 1e+39, allowed is a number of 32 bits"),
        ("JFK", '"a\nb"', 'it holds "a\\nb", allowed is a level of one line'),
    ],
)
def test_no_feature_is_made_of_a_column_whose_values_no_request_may_hold(
    trainyard: Any, tmp_path: Path, usual: str, value: str, words: str
) -> None:
    rows = "".join(f"2013-01-01T00:00:0{n}Z,{value if n % 2 else usual},{n}.5\n" for n in range(8))
    (tmp_path / "x.csv").write_text(f"t,v,y\n{rows}")
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    assert [one["column"] for one in json.loads(answer.out)["features"]] == ["t"]
    assert f"No feature is made of v: {words}" in answer.err and "would refuse" not in answer.err
    (tmp_path / "c.json").write_text(answer.out)
    checked = trainyard("contract", "check", "--contract", tmp_path / "c.json", tmp_path / "x.csv")
    assert checked.code == 0, checked.out


def test_a_file_of_which_no_feature_can_be_made_is_said_to_be_refused(trainyard: Any, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("t,y\n9999-12-31T00:00:00Z,1\n1582-10-15T00:00:00Z,2\n")
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    assert [one["column"] for one in json.loads(answer.out)["features"]] == ["t"]
    assert 'x.csv: t: servable: saw "1582-10-15T00:00:00Z", allowed moment of' in answer.err
    assert 'x.csv: t: servable: saw "9999-12-31T00:00:00Z", allowed moment of' in answer.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t,v\n2013-01-01T05:00:00Z,NaN\n2013-01-01T05:00:00Z,1", 'v: type: saw 1 value(s) such as "NaN"'),
        ("t,v\r\n2013-01-01T05:00:00Z,1\n", "line_ends: saw some lines end in CR LF, others in LF"),
    ],
)
def test_what_the_gate_has_against_the_file_itself_is_said(
    trainyard: Any, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "x.csv").write_bytes(text.encode())
    answer = trainyard("contract", "infer", tmp_path / "x.csv")
    assert f"The gate would refuse {tmp_path / 'x.csv'}: " in answer.err
    assert words in answer.err
