"""Composite alarms: who is told when an alarm goes off that another one suppresses."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.emulator.fidelity.composite_alarms import Held, is_due
from tests.rehearsal.conftest import Account

PERIODS = {"ActionsSuppressorWaitPeriod": 100, "ActionsSuppressorExtensionPeriod": 50}


def told_at(*suppressing: tuple[int, bool]) -> int | None:
    """The first of these looks (second, whether the suppressor is in ALARM) at which somebody is told."""
    held = Held({}, "OK", "a reason", since=0.0)
    return next((at for at, is_on in suppressing if is_due(held, is_on, PERIODS, float(at))), None)


def test_an_alarm_without_its_suppressor_is_told_after_the_wait_period() -> None:
    assert told_at((0, False), (99, False), (100, False)) == 100


def test_a_suppressor_that_comes_in_time_keeps_everybody_quiet() -> None:
    assert told_at((0, False), (99, True), (100, True), (5000, True)) is None


def test_an_alarm_that_outlives_its_suppressor_is_told_after_the_extension_period() -> None:
    assert told_at((10, True), (200, False), (249, False), (250, False)) == 250
    assert told_at((10, True), (200, False), (240, True), (260, False), (300, False)) is None


def put_metric_alarm(aws: Account, metric: str, namespace: str) -> str:
    name = aws.name(metric)
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName=metric,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def put_composite(aws: Account, cause: str, suppressor: str, topic: str, wait: int) -> str:
    name = aws.name("untold")
    aws.client("cloudwatch").put_composite_alarm(
        AlarmName=name,
        AlarmRule=f'ALARM("{cause}")',
        AlarmActions=[topic],
        ActionsSuppressor=suppressor,
        ActionsSuppressorWaitPeriod=wait,
        ActionsSuppressorExtensionPeriod=60,
    )
    return name


def test_only_the_failure_that_told_nobody_reaches_the_topic(aws: Account) -> None:
    cloudwatch, topic = aws.client("cloudwatch"), aws.client("sns").create_topic(Name=aws.name("alerts"))
    url, queue_arn = aws.queue(
        lambda arn: {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    )
    aws.client("sns").subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=queue_arn)
    names: dict[str, Any] = {}
    for word in ("told", "untold"):
        namespace = aws.name("Trainyard")
        failed, spoke = (put_metric_alarm(aws, metric, namespace) for metric in ("Failed", "Spoke"))
        names[word] = put_composite(aws, failed, spoke, topic["TopicArn"], 60 if word == "told" else 0)
        points = [{"MetricName": metric, "Value": 1} for metric in ("Failed", "Spoke")]
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=points[: 2 if word == "told" else 1])
    assert json.loads(aws.message(url)["Message"])["AlarmName"] == names["untold"]
    states = cloudwatch.describe_alarms(AlarmNames=[*names.values()], AlarmTypes=["CompositeAlarm"])
    assert {one["StateValue"] for one in states["CompositeAlarms"]} == {"ALARM"}, "both went off"
