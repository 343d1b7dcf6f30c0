"""The dashboard lies on CloudWatch's grid, and what it searches for is published by a function of ours."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from rehearsal.program.deployment import Deployment
from tests.components.published import published


def document(declared: Deployment) -> str:
    [board] = declared.of_type("aws:cloudwatch/dashboard:Dashboard")
    return str(board.inputs["dashboardBody"])


def cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
    across = range(widget["x"], widget["x"] + widget["width"])
    return {(x, y) for x in across for y in range(widget["y"], widget["y"] + widget["height"])}


def test_widgets_share_the_grid_without_lying_on_each_other(declared: Deployment) -> None:
    taken = [cell for widget in json.loads(document(declared))["widgets"] for cell in cells(widget)]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_every_metric_of_ours_that_is_shown_is_published_by_a_function(
    declared: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = re.findall(r"SEARCH\('(\{?)[^']+? MetricName=\\+\"(\w+)", document(declared))
    names = {one.name for one in published(monkeypatch)}
    shown = [name for brace, name in searched if not name.endswith("Utilization")]
    assert shown
    assert [name for name in shown if not any(re.fullmatch(known, name) for known in names)] == []


def test_a_metric_told_apart_by_a_dimension_is_searched_by_the_one_it_is_published_with(
    declared: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = re.findall(r'\{\\+"Trainyard[^,]+,service,(\w+)\} MetricName=\\+"(\w+)', document(declared))
    assert {name for _, name in searched} >= {"FailedAttempts", "Recoveries"}
    known = {(dimension, one.name) for one in published(monkeypatch) for dimension in one.dimensions}
    assert set(searched) <= known


def test_what_may_lie_below_zero_is_not_cut_off_there(declared: Deployment) -> None:
    widgets = [one["properties"] for one in json.loads(document(declared))["widgets"]]
    charts = {one["title"]: one.get("yAxis") for one in widgets if "title" in one}
    assert charts["Saved against on demand, %"] is None, "retries may cost more than spot saved"
    assert charts["Below the live model, % of its value"] is None, "a better model lies above"
    assert charts["Attempts"] == {"left": {"min": 0}}
