"""The report as a verdict reads it: what it needs is checked, what it does not need may be there."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.evaluation import METRICS, Report
from contracts.failures import ArtifactCorrupt

SCORES = {"accuracy": 0.8, "f1": 0.5, "auc": 0.7, "log_loss": 0.4}
SAME = {"value": 0.0, "low": -0.01, "high": 0.01}


def document(**fields: Any) -> dict[str, Any]:
    overall = {"candidate": SCORES, "baseline": SCORES, "rule": {"auc": 0.6, "f1": 0.3}}
    segment = {"column": "carrier", "value": 9, "rows": 10, "candidate": {"f1": 0.5}, "baseline": None}
    base = {
        "rows": 100,
        "base_rate": 0.2,
        "overall": overall,
        "differences": dict.fromkeys((*METRICS, "log_loss"), SAME),
        "segments": [{**segment, "difference": None}],
        "curves": {"roc": []},
    }
    return {**base, **fields}


def test_a_report_is_read_with_its_baseline_and_its_segments() -> None:
    report = Report.from_dict(document())
    assert report.baseline is not None
    assert set(report.differences) == set(METRICS)
    assert report.segments[0].label == "carrier=9"


def test_a_report_of_a_first_model_has_neither_baseline_nor_differences() -> None:
    report = Report.from_dict(document(overall={"candidate": SCORES, "baseline": None}, differences={}))
    assert report.baseline is None
    assert report.differences == {}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"rows": 0}, "report.rows is 0"),
        ({"overall": {"candidate": {"auc": 2}}}, "report.overall.candidate"),
        ({"differences": {"accuracy": {**SAME, "low": 1}}}, "report.differences.accuracy.low is 1"),
        ({"segments": {}}, "report.segments"),
    ],
)
def test_a_damaged_report_is_refused_by_the_path_of_the_damage(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ArtifactCorrupt) as refusal:
        Report.from_dict(document(**fields))
    assert named in refusal.value.message
