"""CloudWatch's embedded metric format, read from single log lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.emulator.fidelity.embedded_metrics import data_points


def line(**fields: Any) -> str:
    directive = {
        "Namespace": "Trainyard",
        "Dimensions": [["service"], ["service", "stage"]],
        "Metrics": [{"Name": "Rows", "Unit": "Count"}],
    }
    document = {"_aws": {"Timestamp": 1, "CloudWatchMetrics": [directive]}, "service": "s", "stage": "t"}
    return json.dumps(document | fields)


def test_each_dimension_set_and_each_value_is_a_data_point() -> None:
    points = list(data_points(line(Rows=[1, 2])))
    assert [(value, dimensions) for _, _, value, dimensions, _ in points] == [
        (1.0, {"service": "s"}),
        (2.0, {"service": "s"}),
        (1.0, {"service": "s", "stage": "t"}),
        (2.0, {"service": "s", "stage": "t"}),
    ]
    assert {(namespace, name, unit) for namespace, name, _, _, unit in points} == {
        ("Trainyard", "Rows", "Count")
    }


@pytest.mark.parametrize("text", ["no JSON at all", "{", '{"_aws": 1}', "{}", '{"_aws": {}}'])
def test_a_line_in_another_format_is_no_metric_and_no_error(text: str) -> None:
    assert list(data_points(text)) == []
