"""`trainyard features prepare`: the job's own code on local files, and what it says before data is landed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from contracts.artifacts import Manifest
from trainyard.__main__ import main

CONTRACT = Path(__file__).resolve().parents[3] / "datasets/flights/contract.json"


def prepare(*arguments: Any, contract: Path = CONTRACT) -> int:
    return main(["features", "prepare", "--contract", str(contract), *map(str, arguments)])


@pytest.fixture(scope="session")
def sample(flights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every tenth flight of January."""
    path = tmp_path_factory.mktemp("sample") / "2013-01.parquet"
    table = pq.read_table(flights / "2013-01.parquet")
    pq.write_table(table.take(list(range(0, table.num_rows, 10))), path)
    return path


@pytest.fixture(scope="session")
def made(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a first call leaves."""
    out = tmp_path_factory.mktemp("made") / "out"
    assert prepare(sample, "--out", out) == 0
    return out


def test_a_first_call_leaves_the_training_set_and_statistics_and_nothing_else(made: Path) -> None:
    manifest = Manifest.from_dict(json.loads((made / "data/manifest.json").read_text()))
    assert sorted(path.name for path in made.iterdir()) == ["data", "statistics"]
    assert [path.name for path in made.parent.iterdir()] == ["out"], "no folder of the job is left"
    assert all((made / "data" / file.path).stat().st_size == file.size_bytes for file in manifest.files)
    assert (made / "statistics/shift.html").is_file()


def test_rows_hash_and_the_next_step_are_said(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(sample, "--out", tmp_path / "out") == 0
    out, err = capsys.readouterr()
    manifest = json.loads((tmp_path / "out/data/manifest.json").read_text())
    assert f"flights: train {manifest['rows']['train']:,}, validation" in out
    assert manifest["sha256"] in out and f"--baseline {tmp_path / 'out'} later data" in out
    assert err == "Prepare flights: 1 file\n"


def test_the_same_rows_have_not_shifted(
    sample: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(sample, "--out", tmp_path / "out", "--baseline", made, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["is_first_run"], result["compared"], result["shifted"]) == (False, 7, {})
    assert result["sha256"] == json.loads((made / "data/manifest.json").read_text())["sha256"]


def test_rows_that_have_shifted_are_the_answer_no_with_what_moved(
    sample: Path, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pq.read_table(sample)
    far = pc.add(table["distance"], 900)
    moved = table.set_column(table.schema.names.index("distance"), "distance", far)
    pq.write_table(moved, tmp_path / "2013-02.parquet")
    assert prepare(tmp_path / "2013-02.parquet", "--out", tmp_path / "out", "--baseline", made) == 1
    out = capsys.readouterr().out
    assert "1 of 7 features shifted\n  distance: median " in out
    assert f"report: {tmp_path / 'out/statistics/shift.html'}" in out


def test_a_file_that_breaks_the_contract_is_told_and_nothing_is_made(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pq.write_table(pq.read_table(sample).drop_columns(["carrier"]), tmp_path / "x.parquet")
    assert prepare(sample, tmp_path / "x.parquet", "--out", tmp_path / "out") == 1
    out, err = capsys.readouterr()
    assert "x.parquet: 1 violation" in err and "carrier: present" in err and str(sample) not in err
    assert out == "" and [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


def test_data_that_the_job_refuses_are_told_by_its_failure_and_nothing_is_left(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(CONTRACT.read_text())
    document["target"]["value"] = 1_900
    (tmp_path / "c.json").write_text(json.dumps(document))
    assert prepare(sample, "--out", tmp_path / "out", contract=tmp_path / "c.json") == 1
    assert "DataMissing: target of the train split is" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["c.json"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--out", "full"], "--out is full: it is not empty; name another folder"),
        (
            ["--out", "out", "--baseline", "full"],
            "--baseline is full: it holds no statistics/statistics.json",
        ),
        (["--out", "out", "--stack", "nope"], "there is no Pulumi.nope.yaml"),
        (["full/x", "full/x", "--out", "out"], "full/x is named twice: rows would count twice"),
        (["2013-01", "2013-01.csv", "--out", "out"], "2013-01 and 2013-01.csv are one month"),
        (["2013-01.csv", "2013-01.parquet", "--out", "out"], "2013-01.csv and 2013-01.parquet are one month"),
        (["full", "--out", "out"], "full holds no .parquet or .csv: name another folder"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_read(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, options: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").touch()
    assert prepare(sample, *options) == 2
    assert words in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_months_in_parts_of_the_same_names_are_all_taken_but_for_what_their_writer_keeps(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pq.read_table(sample)
    for month, rows in (("2013-01", table.slice(0, 1000)), ("2013-02", table.slice(1000))):
        for folder in (month, f"{month}/_temporary"):
            (tmp_path / "landed" / folder).mkdir(parents=True)
            pq.write_table(rows, tmp_path / "landed" / folder / "part-00000.parquet")
    months = sorted((tmp_path / "landed").iterdir())
    assert prepare(*months, "--out", tmp_path / "out", "--json") == 0
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert err == "Prepare flights: 2 files\n"
    assert sum(result["rows"].values()) + result["rows_without_label"] == table.num_rows


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare(tmp_path / "gone.csv", "--out", tmp_path / "out") == 2
    assert "gone.csv: No such file or directory" in capsys.readouterr().err
