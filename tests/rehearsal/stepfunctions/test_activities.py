"""Activities: a worker polls for the task, answers with its token, and the history tells of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account


@pytest.fixture(scope="module")
def states(aws: Account) -> Any:
    return aws.client("stepfunctions")


@pytest.fixture
def activity_arn(aws: Account, states: Any) -> str:
    return str(states.create_activity(name=aws.name("activity"))["activityArn"])


def event_types(states: Any, execution_arn: str) -> list[str]:
    events = states.get_execution_history(executionArn=execution_arn)["events"]
    return [event["type"] for event in events]


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_a_worker_takes_a_task_and_its_answer_is_the_result(
    aws: Account, states: Any, activity_arn: str
) -> None:
    running = aws.start(aws.task(activity_arn, {"month": 7}))
    task = states.get_activity_task(activityArn=activity_arn, workerName="carol")
    assert json.loads(task["input"]) == {"month": 7}
    states.send_task_success(taskToken=task["taskToken"], output='{"done": true}')
    assert json.loads(aws.ended(running)["output"]) == {"done": True}
    assert event_types(states, running)[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    started = states.get_execution_history(executionArn=running)["events"][3]
    assert started["activityStartedEventDetails"] == {"workerName": "carol"}


def test_a_worker_that_reports_a_failure_fails_the_task_by_its_name(
    aws: Account, states: Any, activity_arn: str
) -> None:
    running = aws.start(aws.task(activity_arn, {}))
    task = states.get_activity_task(activityArn=activity_arn)
    states.send_task_failure(taskToken=task["taskToken"], error="NoSeats", cause="full")
    assert (aws.ended(running)["error"], event_types(states, running)[4]) == ("NoSeats", "ActivityFailed")


def test_a_worker_without_heartbeats_lets_the_activity_time_out(
    aws: Account, states: Any, activity_arn: str
) -> None:
    running = aws.start(aws.task(activity_arn, {}, HeartbeatSeconds=1))
    task = states.get_activity_task(activityArn=activity_arn)
    assert (aws.ended(running)["error"], event_types(states, running)[4]) == (
        "States.Timeout",
        "ActivityTimedOut",
    )
    with pytest.raises(ClientError) as refused:
        states.send_task_heartbeat(taskToken=task["taskToken"])
    assert code_of(refused) == "TaskTimedOut"


def test_a_deleted_activity_fails_the_execution_before_anything_is_scheduled(
    aws: Account, states: Any, activity_arn: str
) -> None:
    machine_arn = aws.task(activity_arn, {})
    states.delete_activity(activityArn=activity_arn)
    ended = aws.run(machine_arn)
    assert ended["error"] == "States.Runtime"
    assert ended["cause"].endswith(f"The activity {activity_arn} does not exist.")
    assert event_types(states, ended["executionArn"])[-1] == "ExecutionFailed"
    with pytest.raises(ClientError) as refused:
        states.get_activity_task(activityArn=activity_arn)
    assert code_of(refused) == "ActivityDoesNotExist"


def test_activities_are_listed_described_tagged_and_created_once(states: Any, activity_arn: str) -> None:
    name = activity_arn.rpartition(":")[2]
    assert states.create_activity(name=name)["activityArn"] == activity_arn
    assert states.describe_activity(activityArn=activity_arn)["name"] == name
    assert activity_arn in [found["activityArn"] for found in states.list_activities()["activities"]]
    states.tag_resource(resourceArn=activity_arn, tags=[{"key": "team", "value": "ml"}])
    tags = states.list_tags_for_resource(resourceArn=activity_arn)["tags"]
    assert tags == [{"key": "team", "value": "ml"}]
