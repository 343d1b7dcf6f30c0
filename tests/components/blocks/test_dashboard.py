"""The dashboard lies on CloudWatch's grid, and shows what our functions publish: all of it that is not named
here, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rehearsal.program.deployment import Deployment
from tests.components.published import Published, published

ROOT = Path(__file__).resolve().parents[3]
# No chart needs them: an alarm reads them, a chart says the same of the state machines or of the test set, or
# they count what the function's own log line tells better.
LEFT_OUT = {
    *("CostCapReached", "GpuUtilizationPercent", "RunsTold"),
    *("Runs", "RunSeconds", "RunsStarted", "RunsRequested", "FinalValidationAuc", "FoldsObjectiveDeviation"),
    *("Candidates", "JobsStillRunning", "BaselineFound", "ApprovalsRequested", "ApprovalCalls"),
    *("SmokeTestLatency", "EndpointRestorations", "GenerationsRemoved", "ObjectsRemoved", "OrphansStopped"),
    *("FilesLanded", "FilesWaiting", r"Test\w+Difference"),
}
# What describes a run rather than being an amount: two runs of one hour do not add up to anything.
DESCRIBES_A_RUN = {"FeatureCount", "NullRatio", "FeaturesShifted", "IngestionSeconds"}


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> list[Published]:
    return published(monkeypatch)


def document(declared: Deployment) -> str:
    [board] = declared.of_type("aws:cloudwatch/dashboard:Dashboard")
    return str(board.inputs["dashboardBody"])


def cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
    across = range(widget["x"], widget["x"] + widget["width"])
    return {(x, y) for x in across for y in range(widget["y"], widget["y"] + widget["height"])}


def section(declared: Deployment, title: str) -> dict[str, str]:
    """The statistic of each metric of ours that a section shows."""
    widgets = json.loads(document(declared))["widgets"]
    titles = [place for place, widget in enumerate(widgets) if widget["type"] == "text"]
    [begin] = [at for at in titles if widgets[at]["properties"]["markdown"] == f"## {title}"]
    end = min((at for at in titles if at > begin), default=len(widgets))
    rows = [row for widget in widgets[begin + 1 : end] for row in widget["properties"]["metrics"]]
    searches = [row[0]["expression"] for row in rows if isinstance(row[0], dict)]
    return dict(re.findall(r"MetricName=\"(\w+)\"', '(\w+)'", "\n".join(searches)))


def test_widgets_share_the_grid_without_lying_on_each_other(declared: Deployment) -> None:
    taken = [cell for widget in json.loads(document(declared))["widgets"] for cell in cells(widget)]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_every_metric_of_ours_that_is_shown_is_published_by_a_function(
    declared: Deployment, ours: list[Published]
) -> None:
    searched = re.findall(r"SEARCH\('(\{?)[^']+? MetricName=\\+\"(\w+)", document(declared))
    names = {one.name for one in ours}
    shown = [name for brace, name in searched if not name.endswith("Utilization")]
    assert shown
    assert [name for name in shown if not any(re.fullmatch(known, name) for known in names)] == []


def test_every_metric_of_ours_is_shown_but_for_those_that_are_named_here(
    declared: Deployment, ours: list[Published]
) -> None:
    shown = re.findall(r'MetricName=\\+"(\w+)', document(declared))
    unshown = {one.name for one in ours if not any(re.fullmatch(one.name, name) for name in shown)}
    assert unshown == LEFT_OUT


def test_the_section_of_data_preparation_shows_what_the_stage_publishes_and_nothing_else(
    declared: Deployment, ours: list[Published]
) -> None:
    of_the_stage = {one.name for one in ours if one.dimensions["service"] == "data_preparation"}
    assert section(declared, "Data preparation").keys() == of_the_stage


def test_amounts_are_summed_and_what_describes_a_run_is_not(declared: Deployment) -> None:
    statistics = section(declared, "Data preparation")
    assert {name for name, statistic in statistics.items() if statistic != "Sum"} == DESCRIBES_A_RUN
    assert {statistics[name] for name in DESCRIBES_A_RUN} == {"Maximum"}


def test_the_page_names_each_metric_of_data_preparation_with_its_unit_and_its_functions(
    ours: list[Published],
) -> None:
    page = (ROOT / "docs/observability.md").read_text()
    rows = re.findall(r"^\| (`.+) \| (\w+) \| .+ \| (`.+) \|$", page, flags=re.MULTILINE)
    told = {
        (name, unit, function)
        for names, unit, functions in rows
        for name in re.findall(r"\w+", names)
        for function in re.findall(r"\w+", functions)
    }
    of_the_stage = [one for one in ours if one.dimensions["service"] == "data_preparation"]
    assert told == {(one.name, one.unit.lower(), one.function) for one in of_the_stage}


def test_a_metric_told_apart_by_a_dimension_is_searched_by_the_one_it_is_published_with(
    declared: Deployment, ours: list[Published]
) -> None:
    searched = re.findall(r'\{\\+"Trainyard[^,]+,service,(\w+)\} MetricName=\\+"(\w+)', document(declared))
    assert {name for _, name in searched} >= {"FailedAttempts", "Recoveries"}
    known = {(dimension, one.name) for one in ours for dimension in one.dimensions}
    assert set(searched) <= known


def test_what_may_lie_below_zero_is_not_cut_off_there(declared: Deployment) -> None:
    widgets = [one["properties"] for one in json.loads(document(declared))["widgets"]]
    charts = {one["title"]: one.get("yAxis") for one in widgets if "title" in one}
    assert charts["Saved against on demand, %"] is None, "retries may cost more than spot saved"
    assert charts["Below the live model, % of its value"] is None, "a better model lies above"
    assert charts["Attempts"] == {"left": {"min": 0}}
