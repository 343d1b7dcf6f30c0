"""What lies in the inputs of a job: one contract, landed files in one order, nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.failures import DataMissing


def paths_of(job: Any) -> Any:
    from features.paths import Paths

    return Paths(job.root)


@pytest.mark.parametrize("names", [[], ["a.json", "b.json"], ["a.json", "more/b.json"]])
def test_an_input_without_a_contract_or_with_two_is_refused_by_what_lies_in_it(
    job: Any, names: list[str]
) -> None:
    for name in ("notes.txt", *names):
        job.write(f"processing/input/contract/{name}", {})
    with pytest.raises(DataMissing, match=r"input contract is .*there must be one JSON file") as refused:
        _ = paths_of(job).contract
    assert all(name.rpartition("/")[2] in refused.value.message for name in names)


def test_landed_files_come_in_order_of_their_names_and_others_are_left_out(job: Any) -> None:
    for name in ("2013-10.csv", "2013-02.parquet", "_SUCCESS", "2013-01.parquet.tmp"):
        job.write(f"processing/input/landed/{name}", {})
    assert [name for name, _ in paths_of(job).landed()] == ["2013-02.parquet", "2013-10.csv"]


def test_an_input_without_landed_files_names_what_lies_there_instead(job: Any) -> None:
    job.write("processing/input/landed/_SUCCESS", {})
    with pytest.raises(DataMissing, match=r"landed is .*_SUCCESS.*no \.parquet or \.csv file"):
        paths_of(job).landed()


def test_a_baseline_is_what_lies_in_its_folder_and_may_be_nothing(job: Any) -> None:
    assert paths_of(job).baseline is None
    (job.root / "processing/input/baseline").mkdir(parents=True)
    assert (paths_of(job).baseline, paths_of(job).fine_baseline) == (None, None)
    written = job.write("processing/input/baseline/statistics.json", {})
    assert (paths_of(job).baseline, paths_of(job).fine_baseline) == (written, None)
