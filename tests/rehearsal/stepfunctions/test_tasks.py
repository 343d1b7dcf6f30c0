"""Tasks against the emulator: results, and errors under the names that Step Functions gives them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rehearsal.conftest import Account

ACCOUNT = "arn:aws:{}:eu-west-1:111122223333:{}"
FUNCTION = """
class DataRejected(Exception):
    pass
def handler(event, context):
    if event.get("fail"):
        raise DataRejected("no")
    return {"got": event}
"""
INVOKE = "arn:aws:states:::lambda:invoke"


def start_child(child_arn: str, pattern: str, value: Any = None) -> tuple[str, dict[str, Any]]:
    return f"arn:aws:states:::states:startExecution{pattern}", {
        "StateMachineArn": child_arn,
        "Input": value or {},
    }


@pytest.fixture(scope="module")
def function_arn(aws: Account) -> str:
    return aws.function(FUNCTION)


def test_a_function_gets_its_payload_and_its_answer_comes_back(aws: Account, function_arn: str) -> None:
    arguments = {"FunctionName": function_arn, "Payload": {"month": 7}}
    ended = aws.run(aws.task(INVOKE, arguments, Output="{% $states.result.Payload %}"))
    assert json.loads(ended["output"]) == {"got": {"month": 7}}


def test_the_arn_of_a_function_as_resource_gives_the_bare_answer(aws: Account, function_arn: str) -> None:
    assert json.loads(aws.run(aws.task(function_arn, {"a": 1}))["output"]) == {"got": {"a": 1}}


def test_an_exception_of_a_function_is_the_error_of_the_task(aws: Account, function_arn: str) -> None:
    ended = aws.run(aws.task(INVOKE, {"FunctionName": function_arn, "Payload": {"fail": True}}))
    assert ended["error"] == "DataRejected"
    assert json.loads(ended["cause"])["errorMessage"] == "no"


@pytest.mark.parametrize(
    ("resource", "arguments", "error"),
    [
        (INVOKE, {"FunctionName": "nobody"}, "Lambda.ResourceNotFoundException"),
        (
            "arn:aws:states:::sns:publish",
            {"TopicArn": ACCOUNT.format("sns", "no"), "Message": "m"},
            "SNS.NotFoundException",
        ),
        (
            "arn:aws:states:::aws-sdk:sagemaker:describeEndpoint",
            {"EndpointName": "no"},
            "SageMaker.SageMakerException",
        ),
        (
            "arn:aws:states:::sagemaker:createModel",
            {"ModelName": "m", "ExecutionRoleArn": ACCOUNT.format("iam", "role/no")},
            "SageMaker.AmazonSageMakerException",
        ),
        (
            "arn:aws:states:::aws-sdk:s3:getObject",
            {"Bucket": "trainyard-nobody", "Key": "k"},
            "S3.NoSuchBucketException",
        ),
        (
            "arn:aws:states:::dynamodb:getItem",
            {"TableName": "no", "Key": {"id": {"S": "1"}}},
            "DynamoDB.ResourceNotFoundException",
        ),
    ],
)
def test_a_refused_call_fails_under_the_name_of_its_integration(
    aws: Account, resource: str, arguments: dict[str, Any], error: str
) -> None:
    assert aws.run(aws.task(resource, arguments))["error"] == error


def test_a_machine_whose_role_may_not_invoke_fails_there(aws: Account, function_arn: str) -> None:
    ended = aws.run(aws.task(INVOKE, {"FunctionName": function_arn}, aws.role("states")))
    assert ended["error"] == "Lambda.AWSLambdaException"
    denied = f"is not authorized to perform: lambda:InvokeFunction on resource: {function_arn} because no"
    assert denied in ended["cause"]


def test_a_child_execution_hands_its_output_to_its_parent(aws: Account) -> None:
    child = aws.machine(
        {"Pass": {"Type": "Pass", "Output": "{% {'twice': $states.input.n * 2} %}", "End": True}}
    )
    parent = aws.task(*start_child(child, ".sync:2", {"n": 21}), Output="{% $states.result.Output %}")
    assert json.loads(aws.run(parent)["output"]) == {"twice": 42}


def test_a_failed_child_is_a_failed_task_with_its_description_as_cause(aws: Account) -> None:
    child = aws.machine({"Fail": {"Type": "Fail", "Error": "DriftFound", "Cause": "psi 0.4"}})
    ended = aws.run(aws.task(*start_child(child, ".sync:2")))
    assert ended["error"] == "States.TaskFailed"
    described = json.loads(ended["cause"])
    assert (described["Error"], described["Status"], described["Cause"]) == (
        "DriftFound",
        "FAILED",
        "psi 0.4",
    )


def test_stopping_a_parent_stops_its_child_as_well(aws: Account) -> None:
    child = aws.machine({"Wait": {"Type": "Wait", "Seconds": 86400, "End": True}})
    parent = aws.start(aws.task(*start_child(child, ".sync:2")))
    states = aws.client("stepfunctions")
    started = aws.eventually(lambda: states.list_executions(stateMachineArn=child)["executions"])
    states.stop_execution(executionArn=parent)
    assert aws.ended(parent)["status"] == "ABORTED"
    ended = aws.ended(started[0]["executionArn"])
    assert (ended["status"], "error" in ended) == ("ABORTED", False)
    managed = f"execution [{parent}] which was managing this resource was aborted"
    assert ended["cause"] == f"The Task state in AWS Step Functions {managed}"


def test_a_failed_express_child_is_a_successful_call_with_a_status(aws: Account) -> None:
    child = aws.machine({"Fail": {"Type": "Fail", "Error": "Bad"}}, type="EXPRESS")
    resource = "arn:aws:states:::aws-sdk:sfn:startSyncExecution"
    ended = aws.run(aws.task(resource, {"StateMachineArn": child, "Input": {"an": "object"}}))
    result = json.loads(ended["output"])
    assert (result["Status"], result["Error"]) == ("FAILED", "Bad")
    assert result["StartDate"].endswith("Z")


def test_a_token_sent_through_a_queue_brings_the_answer_back(aws: Account) -> None:
    queue_url, _ = aws.queue()
    body = {"token": "{% $states.context.Task.Token %}"}
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    waiting = aws.start(aws.task(resource, {"QueueUrl": queue_url, "MessageBody": body}))
    token = aws.message(queue_url)["token"]
    aws.client("stepfunctions").send_task_success(taskToken=token, output='{"decision": "APPROVE"}')
    assert json.loads(aws.ended(waiting)["output"]) == {"decision": "APPROVE"}


def test_a_role_may_be_allowed_to_answer_for_one_machine_only(aws: Account) -> None:
    queue_url, _ = aws.queue()
    body = {"token": "{% $states.context.Task.Token %}"}
    machine_arn = aws.task(
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken", {"QueueUrl": queue_url, "MessageBody": body}
    )
    role_arn = aws.role("states")
    statement = {"Effect": "Allow", "Action": "states:SendTaskSuccess", "Resource": machine_arn}
    aws.client("iam").put_role_policy(
        RoleName=role_arn.rpartition("/")[2],
        PolicyName="answer",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    waiting = aws.start(machine_arn)
    answer = {"TaskToken": aws.message(queue_url)["token"], "Output": "{}"}
    sender = aws.task("arn:aws:states:::aws-sdk:sfn:sendTaskSuccess", answer, role_arn)
    assert aws.run(sender)["status"] == "SUCCEEDED"
    assert aws.ended(waiting)["status"] == "SUCCEEDED"
