"""Every declared alarm reads a metric that something emits, under the dimensions it is emitted with."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

from contracts.evaluation import Decision, Difference, Report, Verdict
from functions.evaluation.judge_candidate import handler as judge_candidate
from rehearsal.emulator.fidelity.alarm_queries import parse
from rehearsal.emulator.fidelity.embedded_metrics import data_points
from rehearsal.program.deployment import Deployment
from tests.components.published import Published, published

ROOT = Path(__file__).resolve().parents[2]
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
# From the services' pages on their CloudWatch metrics: what a metric is published with.
OF_AWS: dict[str, tuple[set[str], set[str]]] = {
    "AWS/States": (
        {
            "ExecutionsFailed",
            "ExecutionsTimedOut",
            "ExecutionsAborted",
            "ExecutionThrottled",
            "ExecutionsSucceeded",
        },
        {"StateMachineArn"},
    ),
    "AWS/Lambda": ({"Errors", "Throttles", "Invocations"}, {"FunctionName"}),
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}, {"QueueName"}),
    "AWS/SageMaker": (
        {"Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "ModelLatency", "OverheadLatency"},
        {"EndpointName", "VariantName"},
    ),
    "/aws/sagemaker/TrainingJobs": (
        {"CPUUtilization", "MemoryUtilization", "DiskUtilization", "GPUUtilization", "GPUMemoryUtilization"},
        {"Host"},
    ),
    "/aws/sagemaker/ProcessingJobs": (
        {"CPUUtilization", "MemoryUtilization", "DiskUtilization", "GPUUtilization", "GPUMemoryUtilization"},
        {"Host"},
    ),
}


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> list[Published]:
    return published(monkeypatch)


def complaint(alarm: dict[str, Any], own_namespace: str, ours: list[Published]) -> str:
    """Why the alarm would stay silent for ever; empty when it won't."""
    if "metricQueries" in alarm:
        [given] = alarm["metricQueries"]
        query = parse([{"Expression": given["expression"]}])
        assert query is not None, "a query that the rehearsal can't evaluate"
        namespace, name, dimensions = query.namespace, query.metric, query.dimensions
        is_emitted = any(
            one.name == name or (dimensions is None and one.is_read_by(name, _any(one))) for one in ours
        )
        names = dimensions
    else:
        namespace, name, given = alarm["namespace"], alarm["metricName"], alarm["dimensions"]
        is_emitted = any(one.is_read_by(name, given) for one in ours)
        names = set(given)
    if namespace == own_namespace:
        return "" if is_emitted else f"no function publishes {name} with {names}"
    metrics, keys = OF_AWS.get(namespace, (set(), set()))
    return "" if name in metrics and names == keys else f"{namespace} has no {name} by {names}"


def _any(one: Published) -> dict[str, str]:
    return {key: value or "" for key, value in one.dimensions.items()}


def test_every_alarm_reads_what_is_emitted(declared: Deployment, ours: list[Published]) -> None:
    own = f"Trainyard/{declared.stack}"
    silent = {one.name: complaint(one.inputs, own, ours) for one in declared.of_type(ALARM)}
    assert {name: why for name, why in silent.items() if why} == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"namespace": "Trainyard/dev", "metricName": "FailedAttempt", "dimensions": {"service": "training"}},
        {"namespace": "Trainyard/dev", "metricName": "CostCapReached", "dimensions": {"service": "pipeline"}},
        {"namespace": "Trainyard/dev", "metricName": "CostCapReached", "dimensions": {}},
        {"namespace": "AWS/States", "metricName": "ExecutionFailed", "dimensions": {"StateMachineArn": "a"}},
        {"metricQueries": [{"expression": 'SELECT MAX(Nothing) FROM "Trainyard/dev"'}]},
        {"metricQueries": [{"expression": 'SELECT MAX(DiskUtilization) FROM SCHEMA("AWS/SageMaker", Host)'}]},
    ],
)
def test_an_alarm_that_could_never_go_off_is_found(wrong: dict[str, Any], ours: list[Published]) -> None:
    assert complaint(wrong, "Trainyard/dev", ours)


def test_every_alarm_that_tells_somebody_has_its_row_in_the_runbook(declared: Deployment) -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", (ROOT / "docs/runbook.md").read_text(), flags=re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}
    telling = [alarm for kind in (ALARM, COMPOSITE) for alarm in declared.of_type(kind)]
    names = {alarm.name.replace("_", "-") for alarm in telling if alarm.inputs["alarmActions"]}
    assert names and names <= explained


def accuracy_report(candidate: float) -> Report:
    scores, baseline = ({"accuracy": one, "f1": 0.5, "auc": 0.7} for one in (candidate, 0.8))
    same = {name: Difference(value=0, low=-0.1, high=0.1) for name in ("f1", "auc")}
    difference = candidate - 0.8
    return Report(
        rows=10_000,
        base_rate=0.2,
        candidate=scores,
        baseline=baseline,
        rule={"auc": 0.6},
        differences={"accuracy": Difference(value=difference, low=difference, high=difference), **same},
        segments=(),
    )


def metrics_of_verdict(report: Report) -> dict[str, float]:
    """What the function that judges publishes, read as CloudWatch reads it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        judge_candidate.metrics.log_metrics(
            lambda _event, _context: judge_candidate.measure(
                report, Verdict(decision=Decision.REVIEW, reasons=("",))
            )
        )({}, None)
    points = [point for line in printed.getvalue().splitlines() for point in data_points(line)]
    return {name: value for _, name, value, _, _ in points}


@pytest.mark.parametrize(
    ("candidate", "is_alarming"), [(0.761, False), (0.759, True), (0.8, False), (0.9, False)]
)
def test_accuracy_is_alarming_more_than_five_percent_of_the_baselines_below_it(
    candidate: float, is_alarming: bool, declared: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    [alarm] = [one for one in declared.of_type(ALARM) if one.name == "accuracy-below-baseline"]
    query = parse([{"Expression": alarm.inputs["metricQueries"][0]["expression"]}])
    assert query is not None
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", query.namespace)
    drop = metrics_of_verdict(accuracy_report(candidate))[query.metric]
    assert alarm.inputs["comparisonOperator"] == "GreaterThanThreshold"
    assert (drop > alarm.inputs["threshold"]) is is_alarming, "0.76 is 5 % below a baseline of 0.80"


def test_alarms_of_training_cover_what_it_may_run_into(declared: Deployment) -> None:
    names = {one.name for one in declared.of_type(ALARM)}
    families = {f"training-{word}" for word in ("divergence", "size", "data", "code", "capacity", "service")}
    assert {*families, "training-cost-cap", "trainingjobs-memory", "trainingjobs-disk"} <= names
    assert "accuracy-below-baseline" in names
