"""Alarms as the program declares them go off on what the functions really print, and tell the topic."""

from __future__ import annotations

import contextlib
import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

from contracts.failures import CapacityUnavailable, Failure, TrainingDiverged
from functions.training.classify_failure import handler
from functions.training.classify_failure.classification import Classified
from functions.training.classify_failure.evidence import Evidence
from rehearsal.program.run import record
from tests.rehearsal.conftest import Account

ROOT = Path(__file__).resolve().parents[3]
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@pytest.fixture(scope="module")
def declared() -> dict[str, dict[str, Any]]:
    return {one.name: one.inputs for one in record(ROOT, "dev").of_type(ALARM)}


def put(aws: Account, alarm: dict[str, Any], topic_arn: str) -> str:
    """The declared alarm under a name of this test's own."""
    name = aws.name(alarm["name"])
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=alarm["namespace"],
        MetricName=alarm["metricName"],
        Dimensions=[{"Name": key, "Value": value} for key, value in alarm["dimensions"].items()],
        Statistic=alarm["statistic"],
        Period=alarm["period"],
        EvaluationPeriods=alarm["evaluationPeriods"],
        Threshold=alarm["threshold"],
        ComparisonOperator=alarm["comparisonOperator"],
        TreatMissingData=alarm["treatMissingData"],
        AlarmActions=[topic_arn],
    )
    return name


def attempt_fails(aws: Account, kind: type[Failure], *, is_affordable: bool) -> None:
    """What the classifier prints about a failed attempt, as its log group receives it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        handler.measure(
            Classified(kind=kind, message="", evidence=Evidence()),
            is_affordable=is_affordable,
            lost_seconds=0,
        )
    logs, group = aws.client("logs"), f"/aws/lambda/{aws.name('classify-failure')}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    events = [
        {"timestamp": int(time.time() * 1000), "message": line} for line in printed.getvalue().splitlines()
    ]
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)


def test_a_diverged_attempt_and_a_used_up_budget_are_told_and_others_are_not(
    aws: Account, declared: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", declared["training-divergence"]["namespace"])
    topic = aws.client("sns").create_topic(Name=aws.name("alerts"))["TopicArn"]
    url, queue_arn = aws.queue(
        lambda arn: {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    )
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    names = {
        word: put(aws, declared[f"training-{word}"], topic)
        for word in ("divergence", "cost-cap", "capacity", "size")
    }
    attempt_fails(aws, CapacityUnavailable, is_affordable=True)
    attempt_fails(aws, TrainingDiverged, is_affordable=False)
    told = {json.loads(aws.message(url)["Message"])["AlarmName"] for _ in range(2)}
    assert told == {names["divergence"], names["cost-cap"]}
    states = aws.client("cloudwatch").describe_alarms(AlarmNames=[names["capacity"], names["size"]])
    assert {one["StateValue"] for one in states["MetricAlarms"]} == {"OK"}
