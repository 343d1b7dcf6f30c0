from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from trainyard.__main__ import main


def test_a_forecast_says_what_it_assumes_and_where_its_price_is_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["forecast", "training", "--hours", "0.5"]) == 0
    said = capsys.readouterr().out
    assert "| ml.m5.xlarge | 0.5 h |" in said
    assert "Assumed: spot at 0.3 of it" in said
    assert "commit " in said


def test_a_forecast_for_programs_has_bounds_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--instance", "ml.g5.xlarge", "--hours", "24", "--interruption-percent-per-hour", "15"]
    assert main(["forecast", "training", "--stack", "prod", "--json", *options]) == 0
    [one] = json.loads(capsys.readouterr().out)
    assert 0.3 * one["on_demand_usd"] < one["expected_usd"] < one["p95_usd"] <= one["worst_usd"]
    assert one["saving"] > 0.67
    assert one["lost_seconds_each"] < 600


def test_the_chart_is_a_picture_with_the_chosen_interval(tmp_path: Path) -> None:
    target = tmp_path / "cost.svg"
    assert main(["forecast", "training", "--hours", "3", "--chart", str(target)]) == 0
    root = ElementTree.fromstring(target.read_text())  # noqa: S314  (our own file)
    assert any("chosen: " in (text.text or "") for text in root.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--stack", "none"], "there is no Pulumi.none.yaml; stacks are dev, prod"),
        (["--instance", "ml.p3.2xlarge"], "AWS has retired the family p3"),
    ],
)
def test_an_unknown_stack_or_machine_is_refused_by_name(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forecast", "training", *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--hours", "0"], ["--interruption-percent-per-hour", "100"]])
def test_figures_that_mean_nothing_are_refused_as_wrong_use(options: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["forecast", "training", *options])
    assert caught.value.code == 2
