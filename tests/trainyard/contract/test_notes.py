"""What an inferred contract leaves to a person, and what in the data looks unintended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract
from contracts.feature_group import definitions

ROWS = 200
MOMENTS = [f"2013-01-01T{n // 60:02}:{n % 60:02}:00Z" for n in range(ROWS)]


def csv_of(folder: Path, delimiter: str = ",", **columns: list[Any]) -> Path:
    path = folder / "x.csv"
    rows = zip(*columns.values(), strict=True)
    lines = [delimiter.join(columns), *(delimiter.join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_the_delimiter_is_the_one_that_the_header_uses(
    trainyard: Any, tmp_path: Path, delimiter: str
) -> None:
    path = csv_of(tmp_path, delimiter, t=MOMENTS, n=list(range(ROWS)))
    contract = Contract.from_json(trainyard("contract", "infer", path).out)
    assert contract.formats["csv"]["delimiter"] == delimiter
    assert [one.name for one in contract.columns] == ["t", "n"]


def test_a_contract_has_a_line_for_each_column_and_each_feature(trainyard: Any, tmp_path: Path) -> None:
    path = csv_of(tmp_path, t=MOMENTS, größe=[n % 7 for n in range(ROWS)], y=[n % 2 for n in range(ROWS)])
    lines = trainyard("contract", "infer", path).out.splitlines()
    assert sum('"is_known_before_prediction"' in line for line in lines) == 3
    assert sum('"transform"' in line for line in lines) == 2 and any('"größe"' in line for line in lines)


def test_words_that_are_predicted_become_a_target_that_equals_one_of_them(
    trainyard: Any, tmp_path: Path
) -> None:
    path = csv_of(tmp_path, t=MOMENTS, n=list(range(ROWS)), left=["no", "yes"] * (ROWS // 2))
    contract = Contract.from_json(trainyard("contract", "infer", path, "--target", "left").out)
    assert (contract.target.rule, contract.target.value) == ("equals", "yes")


def test_zero_or_one_keeps_these_limits_and_is_predicted_as_one(trainyard: Any, tmp_path: Path) -> None:
    path = csv_of(tmp_path, t=MOMENTS, y=[0, 1] * (ROWS // 2))
    contract = Contract.from_json(trainyard("contract", "infer", path).out)
    assert (contract.target.rule, contract.target.value) == ("equals", 1)
    assert (contract.column("y").minimum, contract.column("y").maximum) == (0, 1)


@pytest.mark.parametrize(("last", "middle"), [(199, 99.5), (10**6, 99.5)])
def test_a_number_is_predicted_to_lie_in_the_upper_half_of_the_rows(
    trainyard: Any, tmp_path: Path, last: int, middle: float
) -> None:
    path = csv_of(tmp_path, t=MOMENTS, y=[*range(ROWS - 1), last])
    contract = Contract.from_json(trainyard("contract", "infer", path).out)
    assert (contract.target.rule, contract.target.value) == ("greater_than", middle)


def test_a_number_whose_median_is_its_greatest_is_parted_in_the_middle_of_its_range(
    trainyard: Any, tmp_path: Path
) -> None:
    path = csv_of(tmp_path, t=MOMENTS, y=[0.5] + [1.5] * (ROWS - 1))
    assert Contract.from_json(trainyard("contract", "infer", path).out).target.value == 1.0


def test_another_number_in_every_row_is_the_key_and_neither_feature_nor_limited(
    trainyard: Any, tmp_path: Path
) -> None:
    times = [MOMENTS[n // 2] for n in range(ROWS)]
    path = csv_of(tmp_path, t=times, id=list(range(7, ROWS + 7)), y=[n % 2 for n in range(ROWS)])
    answer = trainyard("contract", "infer", path)
    contract = Contract.from_json(answer.out)
    assert contract.primary_key == ("id",) and not contract.column("id").has_range
    assert [one.column for one in contract.features] == ["t"]
    assert "id: another whole number in every row, so no feature and no limits." in answer.err


def test_a_feature_is_not_called_like_a_column_of_the_feature_store(trainyard: Any, tmp_path: Path) -> None:
    days = [n % 7 for n in range(ROWS)]
    path = csv_of(tmp_path, t=MOMENTS, Day=days, y=[n % 2 for n in range(ROWS)])
    contract = Contract.from_json(trainyard("contract", "infer", path).out)
    assert [one.name for one in contract.features] == ["t_day_of_week", "day_number"]
    assert len(definitions(contract)) == 5


def test_event_time_and_what_else_tells_rows_apart_are_the_key(trainyard: Any, tmp_path: Path) -> None:
    times, places = [MOMENTS[n // 4] for n in range(ROWS)], ["EWR", "JFK", "LGA", "SWF"] * (ROWS // 4)
    path = csv_of(tmp_path, t=times, constant=["a"] * ROWS, place=places, y=[n % 2 for n in range(ROWS)])
    answer = trainyard("contract", "infer", path)
    assert json.loads(answer.out)["primary_key"] == ["t", "place"]
    assert "does not tell rows apart" not in answer.err


def test_rows_that_no_key_tells_apart_are_counted(trainyard: Any, tmp_path: Path) -> None:
    path = csv_of(tmp_path, t=[MOMENTS[n // 2] for n in range(ROWS)], y=[n % 2 * 0.5 for n in range(ROWS)])
    answer = trainyard("contract", "infer", path)
    assert json.loads(answer.out)["primary_key"] == ["t"]
    assert "primary_key (t) does not tell rows apart: 100 of the first 200 rows" in answer.err


LEAKS = {
    "numbers": [n % 2 * 10 + n % 5 for n in range(ROWS)],
    "falling numbers": [-(n % 2) * 10 + n % 5 for n in range(ROWS)],
    "missing where negative": ["" if n % 2 else n % 5 for n in range(ROWS)],
    "categories": ["paid" if n % 2 else "open" for n in range(ROWS)],
}
HONEST = {
    "numbers": [n % 5 for n in range(ROWS)],
    "categories": ["a" if n % 3 else "b" for n in range(ROWS)],
    "better than chance": [n % 2 + n % 7 for n in range(ROWS)],
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_column_that_tells_the_target_alone_is_named(trainyard: Any, tmp_path: Path, name: str) -> None:
    path = csv_of(tmp_path, t=MOMENTS, c=LEAKS[name], y=[n % 2 for n in range(ROWS)])
    answer = trainyard("contract", "infer", path, "--target", "y")
    assert "c (AUC 1.000): tells y almost alone in the first 200 rows." in answer.err


@pytest.mark.parametrize(
    "target", [pa.array([2**64 - 1, 1] * 100, pa.uint64()), pa.array([2.5, -1.5] * 100, pa.float16())]
)
def test_a_target_of_an_odd_type_is_compared_too(trainyard: Any, tmp_path: Path, target: pa.Array) -> None:
    moments = pa.array(range(ROWS), pa.timestamp("us", "UTC"))
    table = pa.table({"t": moments, "c": [1, 0] * (ROWS // 2), "y": target})
    pq.write_table(table, tmp_path / "x.parquet")
    answer = trainyard("contract", "infer", tmp_path / "x.parquet", "--target", "y")
    assert answer.code == 0 and "c (AUC 1.000): tells y almost alone" in answer.err


@pytest.mark.parametrize("name", HONEST)
def test_a_column_that_does_not_is_not(trainyard: Any, tmp_path: Path, name: str) -> None:
    path = csv_of(tmp_path, t=MOMENTS, c=HONEST[name], y=[n % 2 for n in range(ROWS)])
    assert "almost alone" not in trainyard("contract", "infer", path, "--target", "y").err


SPELLINGS = {
    '"12,5"': 'c ("12,5"): text that holds numbers with a decimal comma. To use them, write a point.',
    "$12.50": 'c ("$12.50"): text that holds numbers with signs. To use them, write digits and a point',
    "16.05.2014": 'c ("16.05.2014"): text that holds dates. To use them, write moments such as',
    "1400269500": "c: may be seconds since 1970. To use it as time, write a column of timestamps.",
    "1400269500000": "c: may be milliseconds since 1970.",
}


@pytest.mark.parametrize("value", SPELLINGS)
def test_values_that_are_written_as_something_else_are_pointed_out(
    trainyard: Any, tmp_path: Path, value: str
) -> None:
    path = csv_of(tmp_path, t=MOMENTS, c=[value] * ROWS, y=[n % 2 for n in range(ROWS)])
    assert SPELLINGS[value] in trainyard("contract", "infer", path).err


@pytest.mark.parametrize(
    ("codes", "is_told"),
    [([f"{n % 7:03}" for n in range(ROWS)], False), ([f"{n:03}" for n in range(ROWS)], True)],
)
def test_digits_as_text_are_told_where_they_are_no_category(
    trainyard: Any, tmp_path: Path, codes: list[str], is_told: bool
) -> None:
    moments = pa.array(range(ROWS), pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"t": moments, "c": codes, "y": [0, 1] * (ROWS // 2)}), tmp_path / "x.parquet")
    told = trainyard("contract", "infer", tmp_path / "x.parquet").err
    assert ("text that holds whole numbers. To use them, cast it to integers." in told) is is_told


def test_a_file_whose_only_time_is_a_count_of_seconds_says_which_column(
    trainyard: Any, tmp_path: Path
) -> None:
    answer = trainyard("contract", "infer", csv_of(tmp_path, at=[1400269500] * ROWS, y=[0, 1] * 100))
    assert answer.code == 2 and "at: may be seconds since 1970." in answer.err


def test_moments_of_parquet_without_a_zone_are_said_to_be_utc(trainyard: Any, tmp_path: Path) -> None:
    moments = pa.array(range(8), pa.timestamp("us"))
    pq.write_table(pa.table({"t": moments, "y": [0, 1] * 4}), tmp_path / "x.parquet")
    answer = trainyard("contract", "infer", tmp_path / "x.parquet")
    assert answer.code == 0 and "t: moments without a time zone, taken for UTC." in answer.err


def test_a_column_without_any_value_is_left_out_in_these_words(trainyard: Any, tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"t": pa.array([0], pa.timestamp("us", "UTC")), "y": [1.5], "c": pa.nulls(1)}),
        tmp_path / "x.parquet",
    )
    assert "Left out: c: no row has a value." in trainyard("contract", "infer", tmp_path / "x.parquet").err


def test_a_contract_file_without_text_is_said_to_be_empty(trainyard: Any, tmp_path: Path) -> None:
    (tmp_path / "contract.json").write_text("\n")
    answer = trainyard("contract", "check", "--contract", tmp_path / "contract.json", tmp_path / "x.csv")
    assert answer.code == 2 and "contract is empty: write a JSON object" in answer.err
