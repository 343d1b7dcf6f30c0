"""Roles that deliver and take: of rules and their dead letters, of functions that queues feed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account

SENDING = ("kms:GenerateDataKey", "kms:Decrypt")
TAKING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
HANDLER = "def handler(event, context): pass"


def is_empty(aws: Account, queue_url: str) -> bool:
    return "Messages" not in aws.client("sqs").receive_message(QueueUrl=queue_url)


def encrypted_queue(aws: Account) -> tuple[str, str]:
    url, arn = aws.queue()
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": aws.key()})
    return url, arn


def from_events(queue_arn: str) -> dict[str, Any]:
    principal = {"Service": "events.amazonaws.com"}
    return {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": queue_arn}


def fire(aws: Account, target: dict[str, Any]) -> None:
    """Send an event that a new rule hands to the target."""
    events, source = aws.client("events"), aws.name("source")
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=source, Targets=[{"Id": "1", **target}])
    events.put_events(Entries=[{"Source": source, "DetailType": "Test", "Detail": "{}"}])


def test_a_targets_role_must_trust_eventbridge(aws: Account) -> None:
    dead_url, dead_arn = aws.queue(from_events)
    machine_arn = aws.machine({"Done": {"Type": "Succeed"}})
    stranger = aws.role("lambda", "states:StartExecution")
    fire(aws, {"Arn": machine_arn, "RoleArn": stranger, "DeadLetterConfig": {"Arn": dead_arn}})
    assert aws.message(dead_url)["detail-type"] == "Test"
    assert aws.client("stepfunctions").list_executions(stateMachineArn=machine_arn)["executions"] == []


def test_a_dead_letter_queue_that_does_not_let_eventbridge_in_loses_the_letter(aws: Account) -> None:
    dead_url, dead_arn = aws.queue()
    _, closed_arn = aws.queue()
    fire(aws, {"Arn": closed_arn, "DeadLetterConfig": {"Arn": dead_arn}})
    assert is_empty(aws, dead_url)


def test_a_rule_fills_an_encrypted_queue_by_a_role_that_may_use_its_key(aws: Account) -> None:
    url, arn = encrypted_queue(aws)
    fire(aws, {"Arn": arn, "RoleArn": aws.role("events", "sqs:SendMessage")})
    assert is_empty(aws, url)
    fire(aws, {"Arn": arn, "RoleArn": aws.role("events", "sqs:SendMessage", *SENDING)})
    assert aws.message(url)["detail-type"] == "Test"


@pytest.mark.parametrize("missing", TAKING)
def test_a_queue_feeds_only_a_function_whose_role_may_take_its_messages(aws: Account, missing: str) -> None:
    granted = [action for action in TAKING if action != missing]
    function_arn = aws.function(HANDLER, aws.role("lambda", *granted))
    with pytest.raises(ClientError, match=f"permissions to call {missing.removeprefix('sqs:')} on SQS"):
        aws.client("lambda").create_event_source_mapping(
            FunctionName=function_arn, EventSourceArn=aws.queue()[1]
        )


def test_an_encrypted_queue_feeds_only_a_function_whose_role_may_decrypt(aws: Account) -> None:
    _, arn = encrypted_queue(aws)
    create = aws.client("lambda").create_event_source_mapping
    blind = aws.function(HANDLER, aws.role("lambda", *TAKING))
    with pytest.raises(ClientError, match=r"can't open the queue's messages.*kms:Decrypt"):
        create(FunctionName=blind, EventSourceArn=arn)
    seeing = aws.function(HANDLER, aws.role("lambda", *TAKING, "kms:Decrypt"))
    create(FunctionName=seeing.rpartition(":")[2], EventSourceArn=arn)


def test_a_job_role_passed_on_for_another_service_is_not_passed_to_sagemaker(aws: Account) -> None:
    passes = {"StringEqualsIfExists": {"iam:PassedToService": "lambda.amazonaws.com"}}
    caller = aws.user("iam:PassRole", "sagemaker:CreateProcessingJob", condition=passes)
    with pytest.raises(ClientError, match=r"AccessDeniedException.*perform: iam:PassRole"):
        caller.client("sagemaker").create_processing_job(**aws.processing_job("pass"))


def test_who_creates_a_machine_must_be_let_to_pass_its_role(aws: Account) -> None:
    definition = {"QueryLanguage": "JSONata", "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    wanted = {"definition": json.dumps(definition), "roleArn": aws.role("states")}
    create = aws.user("states:*").client("stepfunctions").create_state_machine
    with pytest.raises(ClientError, match=r"AccessDeniedException.*iam:PassRole"):
        create(name=aws.name("machine"), **wanted)
    aws.user("states:*", "iam:PassRole").client("stepfunctions").create_state_machine(
        name=aws.name("machine"), **wanted
    )
