"""What sections are made of: lines, searches, and how rows of widgets are laid out on CloudWatch's grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi import Input

from components.blocks import metrics
from components.blocks.metrics import Metric

DAY_SECONDS = 86400
GRID_COLUMNS = 24
WIDGET_HEIGHT = 6
TITLE_HEIGHT = 1
Widget = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What the dashboard is about; `machine_arns` by word in the order data flows."""

    region: str
    namespace: str
    machine_arns: Mapping[str, Input[str]]
    endpoint_name: Input[str]
    variant: str


def lines(subject: Subject, title: str, shown: Sequence[Metric], period_seconds: int = 300) -> Widget:
    """Metrics of known dimensions over time."""
    return _widget(subject, title, [metric.widget_row() for metric in shown], period_seconds)


def search(subject: Subject, title: str, **statistics: str) -> Widget:
    """Metrics of ours by name and statistic, whatever their dimensions."""
    found = [
        {"expression": metrics.search_own(subject.namespace, name, statistic)}
        for name, statistic in statistics.items()
    ]
    return _widget(subject, title, [[expression] for expression in found], 3600)


def signed(subject: Subject, title: str, **statistics: str) -> Widget:
    """The same for figures that may lie below zero."""
    widget = search(subject, title, **statistics)
    del widget["properties"]["yAxis"]
    return widget


def by(subject: Subject, title: str, dimension: str, **statistics: str) -> Widget:
    """The same for metrics that a function publishes once for each value of a dimension: a line a value."""
    found = [
        {"expression": metrics.search_own(subject.namespace, name, statistic, dimension)}
        for name, statistic in statistics.items()
    ]
    return _widget(subject, title, [[expression] for expression in found], 3600)


def of_jobs(subject: Subject, title: str, kind: str, name: str) -> Widget:
    """A metric of every host of every job of a kind."""
    return _widget(subject, title, [[{"expression": metrics.search_jobs(kind, name)}]], 3600)


def stacked(sections: Sequence[tuple[str, Sequence[Sequence[Widget]]]]) -> list[Widget]:
    """Titles and rows below each other."""
    placed, top = list[Widget](), 0
    for title, rows in sections:
        placed.append({"type": "text", "properties": {"markdown": f"## {title}"}, **_box(0, top, 24, 1)})
        top += TITLE_HEIGHT
        for row in rows:
            width = GRID_COLUMNS // len(row)
            placed += [
                {**widget, **_box(column * width, top, width, WIDGET_HEIGHT)}
                for column, widget in enumerate(row)
            ]
            top += WIDGET_HEIGHT
    return placed


def _box(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}


def _widget(subject: Subject, title: str, rows: list[Any], period_seconds: int) -> Widget:
    properties = {
        "title": title,
        "region": subject.region,
        "view": "timeSeries",
        "period": period_seconds,
        "metrics": rows,
        "yAxis": {"left": {"min": 0}},
    }
    return {"type": "metric", "properties": properties}
