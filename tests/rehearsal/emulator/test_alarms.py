"""Alarms: their state from data points, periods and missing data, and what a change sets off."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.emulator.fidelity.alarm_queries import parse
from rehearsal.emulator.fidelity.alarms import state_of
from tests.rehearsal.conftest import Account


@pytest.mark.parametrize(
    ("breaching", "settings", "state"),
    [
        ([True], {}, "ALARM"),
        ([False], {}, "OK"),
        ([None], {}, "INSUFFICIENT_DATA"),
        ([None], {"TreatMissingData": "ignore"}, "OK"),
        ([True, False, True], {"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, "ALARM"),
        ([True, False, True], {"EvaluationPeriods": 3}, "OK"),
        ([True, None, None], {"EvaluationPeriods": 3, "DatapointsToAlarm": 1}, "ALARM"),
    ],
)
def test_the_state_follows_from_m_breaching_periods_out_of_n(
    breaching: list[bool | None], settings: dict[str, Any], state: str
) -> None:
    assert state_of({"StateValue": "OK", **settings}, breaching) == state


def errors_alarm(aws: Account, namespace: str, model: str) -> str:
    name = aws.name(f"model-{model}")
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=namespace,
        MetricName="Errors",
        Dimensions=[{"Name": "Model", "Value": model}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def test_an_alarm_watches_its_own_dimensions_and_tells_eventbridge(aws: Account) -> None:
    cloudwatch, namespace = aws.client("cloudwatch"), aws.name("Trainyard")
    names = [errors_alarm(aws, namespace, model) for model in ("a", "b")]
    pattern = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}, "alarmName": names}}
    inbox = aws.inbox(pattern)
    point = {"MetricName": "Errors", "Value": 3, "Dimensions": [{"Name": "Model", "Value": "a"}]}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[point])
    detail = aws.message(inbox)["detail"]
    assert (detail["alarmName"], detail["previousState"]["value"]) == (names[0], "OK")
    found = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
    assert {alarm["AlarmName"]: alarm["StateValue"] for alarm in found} == {names[0]: "ALARM", names[1]: "OK"}


@pytest.mark.parametrize(
    ("expression", "dimensions"),
    [
        ('SELECT MIN(TestAccuracy) FROM "Trainyard"', None),
        ('SELECT MIN(TestAccuracy) FROM SCHEMA("Trainyard", Host)', {"Host"}),
        ('select min("TestAccuracy") from SCHEMA("Trainyard", "A", B)', {"A", "B"}),
    ],
)
def test_a_simple_metrics_insights_query_is_understood(expression: str, dimensions: Any) -> None:
    query = parse([{"Expression": expression, "Period": 300}])
    assert query is not None
    assert (query.statistic, query.namespace, query.metric) == ("Minimum", "Trainyard", "TestAccuracy")
    assert (query.dimensions, query.period_seconds) == (dimensions, 300)


def query_alarm(aws: Account, expression: str) -> str:
    name = aws.name("query")
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Metrics=[{"Id": "worst", "Expression": expression, "Period": 60, "ReturnData": True}],
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def test_an_alarm_on_a_query_watches_all_metrics_it_selects(aws: Account) -> None:
    cloudwatch, namespace = aws.client("cloudwatch"), aws.name("Trainyard")
    name = query_alarm(aws, f'SELECT MIN(Accuracy) FROM "{namespace}"')  # noqa: S608 - no SQL
    for model, value in (("a", 0.9), ("b", 0.4)):
        point = {"MetricName": "Accuracy", "Value": value, "Dimensions": [{"Name": "Model", "Value": model}]}
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[point])
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"] == "ALARM"


def test_an_alarm_on_metric_math_is_refused_instead_of_never_evaluated(aws: Account) -> None:
    with pytest.raises(ClientError, match="one simple Metrics Insights query"):
        query_alarm(aws, "m1 / m2")


def test_a_state_that_was_set_by_hand_lasts_for_a_while(aws: Account) -> None:
    cloudwatch, name = aws.client("cloudwatch"), aws.name("forced")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Nowhere",
        MetricName="Nothing",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a rehearsed alarm")
    cloudwatch.put_metric_data(Namespace="Nowhere", MetricData=[{"MetricName": "Other", "Value": 1}])
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"] == "ALARM"
