"""Topics, queues, rules, schedules, alarms and logs keep what the program declares about them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.program.account import Account
from rehearsal.program.backends import Creation
from rehearsal.program.errors import RefusedError
from rehearsal.program.handlers.registry import Created
from rehearsal.program.inputs import Declared

pytestmark = pytest.mark.rehearsal
Make = Callable[..., Created]


def _policy(resource: str, action: str) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_topic_keeps_its_policy_and_its_subscribers(make: Make, account: Account) -> None:
    topic, queue = make("aws:sns/topic:Topic", displayName="Alerts").id, make("aws:sqs/queue:Queue")
    make("aws:sns/topicPolicy:TopicPolicy", arn=topic, policy=_policy(topic, "sns:Publish"))
    make(
        "aws:sqs/queuePolicy:QueuePolicy",
        queueUrl=queue.id,
        policy=_policy(queue.outputs["arn"], "sqs:SendMessage"),
    )
    target = {"protocol": "sqs", "endpoint": queue.outputs["arn"], "rawMessageDelivery": True}
    make("aws:sns/topicSubscription:TopicSubscription", topic=topic, **target)
    account.client("sns").publish(TopicArn=topic, Message="hello")
    received = account.client("sqs").receive_message(QueueUrl=queue.id, WaitTimeSeconds=2)
    assert received["Messages"][0]["Body"] == "hello"


def test_a_queue_keeps_its_times_and_its_dead_letter_queue(make: Make, account: Account) -> None:
    dead = make("aws:sqs/queue:Queue", "dead", messageRetentionSeconds=1209600)
    redrive = json.dumps({"deadLetterTargetArn": dead.outputs["arn"], "maxReceiveCount": 3})
    queue = make(
        "aws:sqs/queue:Queue", visibilityTimeoutSeconds=60, redrivePolicy=redrive, sqsManagedSseEnabled=True
    )
    kept = account.client("sqs").get_queue_attributes(QueueUrl=queue.id, AttributeNames=["All"])["Attributes"]
    assert kept["VisibilityTimeout"] == "60"
    assert json.loads(kept["RedrivePolicy"])["deadLetterTargetArn"] == dead.outputs["arn"]


def test_a_rule_reaches_its_target_as_declared(make: Make, account: Account) -> None:
    rule = make("aws:cloudwatch/eventRule:EventRule", eventPattern='{"source": ["one"]}', state="ENABLED").id
    queue = make("aws:sqs/queue:Queue").outputs["arn"]
    transformer = {"inputPaths": {"bucketName": "$.detail.b"}, "inputTemplate": '{"bucket": <bucketName>}'}
    retry = {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 300}
    extras = {"retryPolicy": retry, "deadLetterConfig": {"arn": queue}, "inputTransformer": transformer}
    make("aws:cloudwatch/eventTarget:EventTarget", rule=rule, arn=queue, **extras)
    target = account.client("events").list_targets_by_rule(Rule=rule)["Targets"][0]
    assert target["InputTransformer"]["InputPathsMap"] == {"bucketName": "$.detail.b"}
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 3
    assert target["DeadLetterConfig"] == {"Arn": queue}


def test_a_target_that_nothing_here_can_call_is_refused(make: Make) -> None:
    rule = make("aws:cloudwatch/eventRule:EventRule", scheduleExpression="rate(1 day)").id
    queue = make("aws:sqs/queue:Queue").outputs["arn"]
    with pytest.raises(RefusedError, match="does not honour ecsTarget"):
        make("aws:cloudwatch/eventTarget:EventTarget", rule=rule, arn=queue, ecsTarget={"taskCount": 1})


def test_a_schedule_keeps_its_group_and_its_target(make: Make, account: Account) -> None:
    group = make("aws:scheduler/scheduleGroup:ScheduleGroup").id
    target = {"arn": account.arn("sqs", "q"), "roleArn": "arn:aws:iam::111122223333:role/r", "input": "{}"}
    made = make(
        "aws:scheduler/schedule:Schedule", groupName=group, target=target,
        scheduleExpression="cron(0 6 * * ? *)", flexibleTimeWindow={"mode": "OFF"},
        state="DISABLED", scheduleExpressionTimezone="Europe/Dublin",
    )  # fmt: skip
    name = made.outputs["name"]
    kept = account.client("scheduler").get_schedule(GroupName=group, Name=name)
    assert (kept["State"], kept["Target"]["Input"]) == ("DISABLED", "{}")
    assert made.id == f"{group}/{name}"


def test_an_alarm_keeps_its_metric_and_its_dimensions(make: Make, account: Account) -> None:
    basics = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "threshold": 1}
    metric = {"metricName": "ExecutionsFailed", "namespace": "AWS/States", "period": 60, "statistic": "Sum"}
    dimensions = {"StateMachineArn": "arn:aws:x"}
    alarm = make("aws:cloudwatch/metricAlarm:MetricAlarm", **basics, **metric, dimensions=dimensions).id
    both = {"alarmName": "both", "alarmRule": f'ALARM("{alarm}")'}
    make("aws:cloudwatch/compositeAlarm:CompositeAlarm", **both, okActions=["arn:aws:sns:x"])
    found = account.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]
    assert found["Dimensions"] == [{"Name": "StateMachineArn", "Value": "arn:aws:x"}]


def alarm_on(*queries: dict[str, Any]) -> Declared:
    basics = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "threshold": 1}
    inputs = {**basics, "metricQueries": list(queries)}
    return Declared("aws:cloudwatch/metricAlarm:MetricAlarm", "math", inputs, {}, "test")


def test_an_alarm_on_metric_math_is_refused_instead_of_never_firing(account: Account) -> None:
    metric = {"metricName": "Failed", "namespace": "AWS/States", "period": 60, "stat": "Sum"}
    math = {"id": "rate", "expression": "failed*2", "returnData": True}
    with pytest.raises(ClientError, match="Metrics Insights"):
        Creation(account).create(alarm_on(math, {"id": "failed", "metric": metric}))


def test_an_alarm_on_a_simple_metrics_insights_query_is_accepted(account: Account) -> None:
    query = 'SELECT MAX(DiskUtilization) FROM SCHEMA("/aws/sagemaker/TrainingJobs", Host)'
    made = Creation(account).create(
        alarm_on({"id": "disk", "expression": query, "period": 60, "returnData": True})
    )
    kept = account.client("cloudwatch").describe_alarms(AlarmNames=[made.id])["MetricAlarms"][0]
    assert (kept["AlarmName"], kept["Threshold"]) == (made.id, 1.0)


def test_log_groups_and_their_metric_filters_are_kept(make: Make, account: Account) -> None:
    name = make("aws:cloudwatch/logGroup:LogGroup", name="/trainyard/one", retentionInDays=90).id
    counted = {"name": "Errors", "namespace": "Trainyard", "value": "1", "defaultValue": "0"}
    kind = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    make(kind, logGroupName=name, pattern="ERROR", metricTransformation=counted)
    logs = account.client("logs")
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["retentionInDays"] == 90
    kept = logs.describe_metric_filters(logGroupName=name)["metricFilters"][0]["metricTransformations"][0]
    assert (kept["metricName"], kept["defaultValue"]) == ("Errors", 0.0)


def test_a_log_resource_policy_lets_services_write(make: Make, account: Account) -> None:
    policy = _policy("*", "logs:PutLogEvents")
    kind = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
    make(kind, policyName="events-write", policyDocument=policy)
    kept = account.client("logs").describe_resource_policies()["resourcePolicies"]
    assert "events-write" in {found["policyName"] for found in kept}


def test_a_dashboard_is_kept_with_its_widgets(make: Make, account: Account) -> None:
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "hi"}}]})
    make("aws:cloudwatch/dashboard:Dashboard", dashboardName="one", dashboardBody=body)
    kept = account.client("cloudwatch").get_dashboard(DashboardName="one")["DashboardBody"]
    assert json.loads(kept) == json.loads(body)


@pytest.mark.parametrize(
    "resource_type",
    ["aws:cloudwatch/queryDefinition:QueryDefinition", "aws:costexplorer/costAllocationTag:CostAllocationTag",
     "aws:appautoscaling/target:Target"],
)  # fmt: skip
def test_what_has_no_api_here_says_so_instead_of_vanishing(make: Make, resource_type: str) -> None:
    reason = make(resource_type, name="x").declared_only
    assert reason is not None and reason.startswith("the embedded AWS has no")
