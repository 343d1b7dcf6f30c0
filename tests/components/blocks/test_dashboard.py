"""The dashboard lies on CloudWatch's grid, and what it searches for is published by a function of ours."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rehearsal.program.deployment import Deployment

ROOT = Path(__file__).resolve().parents[3]


def document(declared: Deployment) -> str:
    [board] = declared.of_type("aws:cloudwatch/dashboard:Dashboard")
    return str(board.inputs["dashboardBody"])


def cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
    across = range(widget["x"], widget["x"] + widget["width"])
    return {(x, y) for x in across for y in range(widget["y"], widget["y"] + widget["height"])}


def published() -> Iterator[re.Pattern[str]]:
    """The names given to add_metric; what is filled in at run time may be any word."""
    for path in (ROOT / "functions").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "metrics.add_metric":
                yield re.compile(
                    re.sub(r"\{.+?\}", r"\\w+", ast.unparse(call.args[0]).lstrip("f").strip("'"))
                )


def test_widgets_share_the_grid_without_lying_on_each_other(declared: Deployment) -> None:
    taken = [cell for widget in json.loads(document(declared))["widgets"] for cell in cells(widget)]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_every_metric_of_ours_that_is_shown_is_published_by_a_function(declared: Deployment) -> None:
    searched = re.findall(r'Namespace=\\+"[^"]+\\+" MetricName=\\+"(\w+)', document(declared))
    names = list(published())
    assert searched
    assert [name for name in searched if not any(known.fullmatch(name) for known in names)] == []
