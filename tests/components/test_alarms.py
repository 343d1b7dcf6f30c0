"""Every declared alarm reads a metric that something emits, under the dimensions it is emitted with."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.emulator.fidelity.alarm_queries import parse
from rehearsal.program.deployment import Deployment
from tests.components.published import Published, published

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
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


def test_alarms_of_training_cover_what_it_may_run_into(declared: Deployment) -> None:
    names = {one.name for one in declared.of_type(ALARM)}
    families = {f"training-{word}" for word in ("divergence", "size", "data", "code", "capacity", "service")}
    assert {*families, "training-cost-cap", "trainingjobs-memory", "trainingjobs-disk"} <= names
    assert "accuracy-below-baseline" in names
