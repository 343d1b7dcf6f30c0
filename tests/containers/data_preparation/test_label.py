"""Labels: numbers that a rule compares, texts that it equals, and data that holds but one of the two."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Target
from contracts.failures import DataMissing

DATA = "processing/output/data"


def prepared_with(job: Any, monkeypatch: Any, contract_file: Path, **changed: Any) -> int:
    from features.__main__ import main

    document = json.loads(contract_file.read_text())
    document["columns"] = [*document["columns"], *changed.pop("columns", [])]
    job.write("processing/input/contract/contract.json", document | changed)
    monkeypatch.setenv("OPT_ML", str(job.root))
    monkeypatch.setattr(sys, "argv", ["features"])
    return main()


def labels_of(job: Any) -> list[int]:
    parts = sorted((job.root / DATA / "train").iterdir())
    return [label for part in parts for label in pq.read_table(part)["label"].to_pylist()]


def test_a_text_that_is_equalled_gives_the_labels_of_the_number_it_stands_for(
    job: Any, prepared: Any, landed: Path, contract_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job.root / "processing/input/landed"
    folder.mkdir(parents=True)
    for path in landed.iterdir():
        table = pq.read_table(path)
        words = pc.if_else(pc.greater(table["arr_delay"], 15), "yes", "no")
        pa_csv.write_csv(table.append_column("late", words), folder / f"{path.stem}.csv")
    column = {"name": "late", "type": "categorical", "is_known_before_prediction": False}
    target = {"name": "is_late", "column": "late", "rule": "equals", "value": "yes"}
    assert prepared_with(job, monkeypatch, contract_file, columns=[column], target=target) == 0
    assert labels_of(job) == labels_of(prepared)


@pytest.mark.parametrize(("value", "words"), [(1e6, "holds for none of"), (-1e6, "holds for all of")])
def test_training_rows_of_one_label_end_the_job_before_training_is_paid_for(
    job: Any, landed: Path, contract_file: Path, monkeypatch: pytest.MonkeyPatch, value: float, words: str
) -> None:
    job.put(landed, "processing/input/landed")
    target = {"name": "is_late", "column": "arr_delay", "rule": "greater_than", "value": value}
    assert prepared_with(job, monkeypatch, contract_file, target=target) == 1
    failure = json.loads((job.root / "output/message").read_text())
    assert failure["error"] == "DataMissing"
    assert f"arr_delay greater_than {value}" in failure["message"] and words in failure["message"]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([[9, 0], [2, 1], [1, 1]], "target of the train split .* none of its 9 rows"),
        ([[8, 1], [0, 3], [1, 1]], "target of the validation split .* all of its 3 rows"),
        ([[8, 1], [2, 1], [1200, 0]], "target of the test split .* none of its 1,200 rows"),
    ],
)
def test_a_split_of_one_label_is_refused_by_name(counts: list[list[int]], words: str) -> None:
    from features.label import refuse_one_label

    target = Target(name="t", column="y", rule="equals", value="yes")
    with pytest.raises(DataMissing, match=words):
        refuse_one_label(target, np.array(counts))
    refuse_one_label(target, np.array([[8, 1], [2, 1], [1, 1]]))


def test_rows_are_counted_by_split_and_label() -> None:
    from features.label import label_counts

    counts = label_counts(np.array([0, 0, 2, 2, 2]), np.array([0, 1, 1, 1, 0], np.int8))
    assert counts.tolist() == [[1, 1], [0, 0], [1, 2]]


def test_a_row_whose_text_is_missing_or_empty_has_no_label() -> None:
    from features.label import labelled

    texts = pa.array(["yes", None, "", "no", "Yes"]).dictionary_encode()
    batch = pa.RecordBatch.from_pydict({"y": texts, "row": pa.array(range(5))})
    kept, labels = labelled(batch, Target(name="t", column="y", rule="equals", value="yes"))
    assert (kept["row"].to_pylist(), labels.tolist()) == ([0, 3, 4], [1, 0, 0])


def told_by(rule: str, limit: Any, values: pa.Array) -> tuple[list[Any], list[int]]:
    """The values of the rows that have a label, and the labels."""
    from features.label import labelled

    target = Target(name="t", column="c", rule=rule, value=limit)
    batch, labels = labelled(pa.RecordBatch.from_pydict({"c": values}), target)
    return batch.column("c").to_pylist(), labels.tolist()


def test_a_number_that_is_missing_or_not_finite_has_no_label() -> None:
    values = pa.array([1.0, None, math.nan, math.inf, 3.0])
    assert told_by("greater_than", 2, values) == ([1.0, 3.0], [0, 1])


@pytest.mark.parametrize(
    ("rule", "labels"),
    [
        ("greater_than", [0, 0, 1]),
        ("at_least", [0, 1, 1]),
        ("less_than", [1, 0, 0]),
        ("at_most", [1, 1, 0]),
        ("equals", [0, 1, 0]),
    ],
)
def test_a_number_at_the_limit_is_labelled_as_the_rule_says(rule: str, labels: list[int]) -> None:
    assert told_by(rule, 2, pa.array([1, 2, 3]))[1] == labels


def test_whole_numbers_are_compared_to_the_last_digit() -> None:
    values = pa.array([2**53, 2**53 + 1])
    assert told_by("greater_than", 2**53, values)[1] == [0, 1]
    assert told_by("greater_than", 0.5, values)[1] == [1, 1], "they may be held against any number"


def test_truth_is_held_against_one_and_zero() -> None:
    assert told_by("equals", 1, pa.array([True, None, False])) == ([True, False], [1, 0])
