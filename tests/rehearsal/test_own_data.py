"""Data of one's own in the rehearsal: which files of a folder land, and what is refused at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.dataset import Contract
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.validation import validate
from rehearsal.cli import main
from rehearsal.landing import write_weather
from rehearsal.scenarios.own_data import own_data

ROOT = Path(__file__).resolve().parents[2]


def test_the_files_named_for_months_land_and_span_the_window(tmp_path: Path) -> None:
    for name in ("2024-11.parquet", "2024-12.csv", "notes.txt", "2024-13.csv"):
        (tmp_path / name).touch()
    scenario = own_data(tmp_path, "weather")
    assert list(scenario.land(tmp_path)) == ["2024-11", "2024-12"]
    assert scenario.context["window"] == {"start": "2024-11", "end": "2024-12"}
    assert scenario.settings == ("pipeline.dataset=weather",)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "."), "--data and --dataset go together"),
        (("--dataset", "weather"), "--data and --dataset go together"),
        (("weather", "--data", ".", "--dataset", "weather"), "lands data of its own"),
        (("--data", "rehearsal", "--dataset", "weather"), "holds no file named for a month"),
        (("--data", ".", "--dataset", "nope"), "datasets with a contract: flights, weather"),
        (("--data", "nowhere", "--dataset", "weather"), "nowhere holds no file named for a month"),
    ],
)
def test_what_cannot_be_landed_is_refused_at_once(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert main(["run", *arguments]) == 2
    assert words in capsys.readouterr().err


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
    assert found == {"2013-02": [("wind_speed", "max", "1048.36")], "2013-03": []}
