"""The one dashboard, as the JSON CloudWatch draws: rows of widgets, from runs down to machines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi import Input

from components.blocks import metrics
from components.blocks.metrics import Metric

DAY_SECONDS = 86400
GRID_COLUMNS = 24
WIDGET_HEIGHT = 6
Widget = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What the dashboard is about; `machine_arns` by word in the order data flows."""

    region: str
    namespace: str
    machine_arns: Mapping[str, Input[str]]
    endpoint_name: Input[str]
    variant: str


def body(subject: Subject) -> dict[str, Any]:
    """The dashboard's document: each row of widgets shares the width."""
    rows = [runs(subject), stages(subject), models(subject), endpoint(subject), machines(subject)]
    return {
        "start": "-P14D",
        "widgets": [widget for top, row in enumerate(rows) for widget in _lay_out(top, row)],
    }


def runs(subject: Subject) -> list[Widget]:
    """How runs end, what they cost, and why they fail."""
    pipeline = subject.machine_arns["pipeline"]
    ends = [
        metrics.executions(pipeline, f"Executions{end}", label=end.lower())
        for end in ("Succeeded", "Failed", "TimedOut", "Aborted")
    ]
    return [
        _lines(subject, "Runs by how they end", ends, DAY_SECONDS),
        _search(subject, "Cost of a run, USD", "RunCostUsd", "Average"),
        _search(subject, "Failures by class", "FailuresByClass", "Sum"),
    ]


def stages(subject: Subject) -> list[Widget]:
    """How long each stage takes, and the trend of it."""
    times = [
        metrics.executions(arn, "ExecutionTime", "Average", label=word)
        for word, arn in subject.machine_arns.items()
    ]
    longest = [
        metrics.executions(arn, "ExecutionTime", "p95", label=word)
        for word, arn in subject.machine_arns.items()
    ]
    return [
        _lines(subject, "Duration by stage, average ms", times, DAY_SECONDS),
        _lines(subject, "Duration by stage, p95 ms", longest, DAY_SECONDS),
    ]


def models(subject: Subject) -> list[Widget]:
    """Data and models: what was rejected, how good candidates are, how they were judged."""
    return [
        _search(subject, "Files rejected", "FilesRejected", "Sum"),
        _search(subject, "AUC of candidates on the hold-out", "TestAuc", "Average"),
        _search(subject, "Verdicts", "Verdicts", "Sum"),
        _search(subject, "Billable training seconds", "TrainingBillableSeconds", "Sum"),
    ]


def endpoint(subject: Subject) -> list[Widget]:
    """The live endpoint: requests, errors, latency."""

    def of(name: str, statistic: str, label: str) -> Metric:
        return metrics.endpoint(subject.endpoint_name, subject.variant, name, statistic, label)

    errors = [
        of("Invocation5XXErrors", "Sum", "server errors"),
        of("Invocation4XXErrors", "Sum", "client errors"),
    ]
    latency = [of("ModelLatency", percentile, percentile) for percentile in ("p50", "p95", "p99")]
    return [
        _lines(subject, "Requests", [of("Invocations", "Sum", "requests")]),
        _lines(subject, "Errors", errors),
        _lines(subject, "Model latency, µs", latency),
    ]


def machines(subject: Subject) -> list[Widget]:
    """How well the jobs use what they rent."""
    shown = ("CPUUtilization", "MemoryUtilization", "DiskUtilization", "GPUUtilization")
    return [
        _expression(subject, f"Training jobs: {name}", metrics.search_jobs("TrainingJobs", name))
        for name in shown
    ]


def _lines(subject: Subject, title: str, shown: Sequence[Metric], period_seconds: int = 300) -> Widget:
    rows = [metric.widget_row() for metric in shown]
    return _widget(subject, title, rows, period_seconds)


def _search(subject: Subject, title: str, name: str, statistic: str) -> Widget:
    return _expression(subject, title, metrics.search_own(subject.namespace, name, statistic))


def _expression(subject: Subject, title: str, expression: str) -> Widget:
    return _widget(subject, title, [[{"expression": expression}]], 3600)


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


def _lay_out(row: int, widgets: Sequence[Widget]) -> list[Widget]:
    width = GRID_COLUMNS // len(widgets)
    return [
        {**widget, "x": column * width, "y": row * WIDGET_HEIGHT, "width": width, "height": WIDGET_HEIGHT}
        for column, widget in enumerate(widgets)
    ]
