"""A contract that several files keep: their limits together, and the columns that all of them have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.dataset import Contract

TIME = "2013-01-01T00:00:00Z"


def written(folder: Path, **files: str) -> list[Path]:
    paths = [folder / f"{name}.csv" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text.replace("@", TIME))
    return paths


def test_limits_nulls_and_categories_are_those_of_all_files_and_all_keep_them(
    trainyard: Any, tmp_path: Path
) -> None:
    one = "t,n,c,y\n" + "@,5,a,0\n@,,b,1\n" * 20
    paths = written(tmp_path, one=one, two="t,n,c,y\n" + "@,9.5,c,0\n@,7,d,1\n" * 20)
    answer = trainyard("contract", "infer", *paths)
    contract = Contract.from_json(answer.out)
    n = contract.column("n")
    assert (n.type, n.minimum, n.maximum) == ("number", 0.5, 14.0)
    assert n.max_null_ratio == 1, "twice as many as in the file with most of them, not as in all rows"
    assert contract.column("c").type == "categorical"
    (tmp_path / "c.json").write_text(answer.out)
    checked = trainyard("contract", "check", "--contract", tmp_path / "c.json", *paths)
    assert checked.code == 0, checked.out


def test_flights_of_two_formats_make_a_contract_that_takes_both(trainyard: Any, flights: Path) -> None:
    paths = [flights / "2013-01.parquet", flights / "2013-01.csv"]
    answer = trainyard("contract", "infer", *paths, "--target", "arr_delay")
    assert answer.code == 0 and "would refuse" not in answer.err
    document = json.loads(answer.out)
    assert sorted(document["formats"]) == ["csv", "parquet"] and document["name"] == "flights0"


def test_a_column_that_not_every_file_has_is_left_out_and_one_without_values_in_one_is_not(
    trainyard: Any, tmp_path: Path
) -> None:
    paths = written(tmp_path, one="t,a,b,y\n@,1,2,0\n@,3,4,1\n", two="t,b,y\n@,,0\n@,,1\n")
    answer = trainyard("contract", "infer", *paths)
    assert [one["name"] for one in json.loads(answer.out)["columns"]] == ["t", "b", "y"]
    assert "Left out: a: not in every file." in answer.err and "no row has a value" not in answer.err
    assert Contract.from_json(answer.out).column("b").max_null_ratio == 1


@pytest.mark.parametrize(
    ("two", "words"),
    [
        ("t,n,y\n@,many,1\n", "n is text in "),
        ("t;n;y\n@;1;1\n", "a contract has one delimiter"),
    ],
)
def test_files_that_no_contract_takes_together_are_refused_by_name(
    trainyard: Any, tmp_path: Path, two: str, words: str
) -> None:
    answer = trainyard("contract", "infer", *written(tmp_path, one="t,n,y\n@,1,0\n", two=two))
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err and "two.csv" in answer.err


def test_a_folder_stands_for_the_parts_in_it(trainyard: Any, tmp_path: Path) -> None:
    written(tmp_path, one="t,n\n@,1\n@,2\n", two="t,n\n@,3\n@,4\n")
    column = Contract.from_json(trainyard("contract", "infer", tmp_path).out).column("n")
    assert (column.minimum, column.maximum) == (0, 7)


def test_what_the_gate_has_against_one_of_the_files_names_it(trainyard: Any, tmp_path: Path) -> None:
    paths = written(tmp_path, one="t,n\n@,1\n@,2\n", two="t,n\n@,1\n@,2")
    assert f"The gate would refuse {paths[1]}: file: complete" in trainyard("contract", "infer", *paths).err
