"""Log lines in CloudWatch's embedded metric format become metrics, as CloudWatch Logs does with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.platform import Platform

MARK = '"_aws"'


def install(platform: Platform) -> None:
    """Read every log event as it is stored."""
    append = hooks.use("services.cloudwatch_logs:_append_log_events")

    def append_and_measure(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        append(stream, events)
        for event in events:
            if MARK in event["message"]:
                for point in data_points(event["message"]):
                    platform.put_metric(*point)

    hooks.replace("services.cloudwatch_logs:_append_log_events", append_and_measure)


def data_points(line: str) -> Iterator[tuple[str, str, float, dict[str, str], str]]:
    """Yield (namespace, name, value, dimensions, unit) for each metric, dimension set and value of a line.

    A line that isn't in the format is no metric and no error, as in CloudWatch Logs.
    """
    try:
        document = json.loads(line[line.index("{") :])
        directives = document["_aws"]["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        for metric in directive["Metrics"]:
            for names in directive.get("Dimensions") or [[]]:
                dimensions = {name: str(document[name]) for name in names if name in document}
                found = document.get(metric["Name"], [])
                for value in found if isinstance(found, list) else [found]:
                    unit = metric.get("Unit", "None")
                    yield directive["Namespace"], metric["Name"], float(value), dimensions, unit
