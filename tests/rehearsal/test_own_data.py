"""Data of one's own in the rehearsal: which files of a folder land, and what is refused at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.dataset import Contract
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.validation import validate
from rehearsal.cli import main
from rehearsal.errors import WrongArgumentError
from rehearsal.landing import write_weather
from rehearsal.scenarios import own_data as scenario
from rehearsal.scenarios.own_data import own_data
from rehearsal.scenarios.scenario import parts_of

ROOT = Path(__file__).resolve().parents[2]


def test_the_files_named_for_months_land_and_span_the_window(tmp_path: Path) -> None:
    for name in ("2024-11.parquet", "2024-12.csv", "notes.txt", "2024-13.csv"):
        (tmp_path / name).touch()
    (tmp_path / "2025-01").mkdir()
    landing = own_data(tmp_path, "weather")
    assert list(landing.land(tmp_path)) == ["2024-11", "2024-12", "2025-01"]
    assert landing.context["window"] == {"start": "2024-11", "end": "2025-01"}
    assert landing.settings == ("pipeline.dataset=weather",)


def test_parts_land_under_their_paths_without_what_is_their_writers_own(tmp_path: Path) -> None:
    parts = ("part-0.parquet", "day=02/part-1.parquet")
    for name in (*parts, "_SUCCESS", ".part-0.parquet.crc", "_temporary/part-2.parquet", "notes.txt"):
        (tmp_path / "2025-01" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "2025-01" / name).touch()
    landed = parts_of("weather", "2025-01", tmp_path / "2025-01")
    folder = "incoming/weather/2025-01/"
    assert landed == {f"{folder}{part}": tmp_path / "2025-01" / part for part in parts}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "."), "--data and --dataset go together"),
        (("--dataset", "weather"), "--data and --dataset go together"),
        (("weather", "--data", ".", "--dataset", "weather"), "lands data of its own"),
        (("--data", "rehearsal", "--dataset", "weather"), "holds no file named for a month"),
        (("--data", ".", "--dataset", "nope"), "datasets with a contract: flights, weather"),
        (("--data", "nowhere", "--dataset", "weather"), "--data is nowhere: there is no such folder"),
        (("--data", "README.md", "--dataset", "weather"), "--data is README.md: there is no such folder"),
    ],
)
def test_what_cannot_be_landed_is_refused_at_once(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert main(["run", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_month_that_lies_there_in_both_formats_is_refused_rather_than_chosen(tmp_path: Path) -> None:
    for name in ("2024-11.parquet", "2024-11.csv"):
        (tmp_path / name).touch()
    with pytest.raises(WrongArgumentError, match=r"2024-11\.csv and 2024-11\.parquet: .*count twice"):
        own_data(tmp_path, "weather")


def test_months_that_are_missing_between_others_are_refused_before_anything_starts(tmp_path: Path) -> None:
    for month in ("2023-11", "2024-02"):
        (tmp_path / f"{month}.parquet").touch()
    with pytest.raises(WrongArgumentError, match=r"holds no 2023-12, 2024-01, between its first month"):
        own_data(tmp_path, "weather")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "contract"),
        ("{}", r"contract\.\w+ is missing"),
        (None, r"contract\.name is weather: .* mine"),
    ],
)
def test_a_contract_that_is_none_is_refused_before_anything_is_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, words: str
) -> None:
    given = text or (ROOT / "datasets/weather/contract.json").read_text()
    (tmp_path / "datasets/mine").mkdir(parents=True)
    (tmp_path / "datasets/mine/contract.json").write_text(given)
    monkeypatch.setattr(scenario, "ROOT", tmp_path)
    with pytest.raises(WrongArgumentError, match=rf"datasets/mine/contract\.json: .*{words}"):
        own_data(tmp_path, "mine")


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_real_weather_keeps_its_contract_but_for_a_wind_that_never_blew(
    tmp_path: Path, file_format: str
) -> None:
    contract = Contract.from_json((ROOT / "datasets/weather/contract.json").read_bytes())
    found = {}
    for month in ("2013-02", "2013-03"):
        path = write_weather(month, tmp_path, file_format)
        with LocalFile(path) as source:
            report = validate(path.name, source, contract, is_strict=True)
        found[month] = [(one.column, one.rule, one.seen) for one in report.violations]
    assert found == {"2013-02": [("wind_speed", "max", "1048.36058")], "2013-03": []}
