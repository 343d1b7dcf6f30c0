"""Accounts and regions: a request reaches the Step Functions of those that it is signed for."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.rehearsal.conftest import Account

PASS = {"P": {"Type": "Pass", "Output": "{% $states.context.StateMachine.Id %}", "End": True}}


def signed(aws: Account, service: str, region: str, access_key_id: str = "test") -> Any:
    return boto3.client(
        service,
        endpoint_url=aws.emulator.endpoint_url,
        region_name=region,
        aws_access_key_id=access_key_id,
        aws_secret_access_key="test",
    )


def created(states: Any, role_arn: str, machine: dict[str, Any], name: str = "twin") -> str:
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(machine)), "States": machine}
    request = {"name": name, "definition": json.dumps(definition), "roleArn": role_arn}
    return str(states.create_state_machine(**request)["stateMachineArn"])


def ended(aws: Account, states: Any, machine_arn: str) -> dict[str, Any]:
    execution_arn = states.start_execution(stateMachineArn=machine_arn)["executionArn"]

    def description() -> Any:
        found = states.describe_execution(executionArn=execution_arn)
        return found if found["status"] != "RUNNING" else None

    return dict(aws.eventually(description))


@pytest.mark.rehearsal
def test_machines_of_one_name_live_side_by_side_in_two_regions(aws: Account) -> None:
    role_arn = aws.role("states")
    for region in ("us-east-1", "ap-south-1"):
        states = signed(aws, "stepfunctions", region)
        machine_arn = created(states, role_arn, PASS)
        assert machine_arn == f"arn:aws:states:{region}:111122223333:stateMachine:twin"
        assert json.loads(ended(aws, states, machine_arn)["output"]) == machine_arn
        assert [row["name"] for row in states.list_state_machines()["stateMachines"]] == ["twin"]


@pytest.mark.rehearsal
def test_a_task_calls_the_services_of_its_machines_region(aws: Account) -> None:
    queue_url = signed(aws, "sqs", "us-west-2").create_queue(QueueName=aws.name("far"))["QueueUrl"]
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Arguments": {"QueueUrl": queue_url, "MessageBody": "{% $states.context.Execution.Id %}"},
        "End": True,
    }
    states = signed(aws, "stepfunctions", "us-west-2")
    sent = ended(aws, states, created(states, aws.role("states", "*"), {"Send": send}))
    assert sent["status"] == "SUCCEEDED"
    received = signed(aws, "sqs", "us-west-2").receive_message(QueueUrl=queue_url)["Messages"]
    assert [message["Body"] for message in received] == [sent["executionArn"]]


@pytest.mark.rehearsal
def test_a_rule_starts_the_machine_of_its_own_region(aws: Account) -> None:
    region, role_arn = "eu-north-1", aws.role("events", "*")
    states, events = signed(aws, "stepfunctions", region), signed(aws, "events", region)
    machine_arn = created(states, aws.role("states"), PASS)
    events.put_rule(Name="start", EventPattern=json.dumps({"source": ["mine"]}))
    events.put_targets(Rule="start", Targets=[{"Id": "1", "Arn": machine_arn, "RoleArn": role_arn}])
    events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": "{}"}])
    aws.eventually(lambda: states.list_executions(stateMachineArn=machine_arn)["executions"])


@pytest.mark.rehearsal
def test_another_accounts_root_has_machines_of_its_own(aws: Account) -> None:
    role = {"RoleName": "runner", "AssumeRolePolicyDocument": TRUST}
    role_arn = signed(aws, "iam", "eu-west-1", "444455556666").create_role(**role)["Role"]["Arn"]
    states = signed(aws, "stepfunctions", "eu-west-1", "444455556666")
    machine_arn = created(states, role_arn, PASS)
    assert machine_arn == "arn:aws:states:eu-west-1:444455556666:stateMachine:twin"
    assert ended(aws, states, machine_arn)["status"] == "SUCCEEDED"


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "states.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
