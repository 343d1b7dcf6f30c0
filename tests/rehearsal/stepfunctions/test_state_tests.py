"""TestState: single states with an input, variables, a context object or a mocked outcome."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account

MAP = {
    "Type": "Map",
    "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}},
    "MaxConcurrency": 3,
    "End": True,
}
INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"},
    "Retry": [{"ErrorEquals": ["Throttled"], "IntervalSeconds": 2, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "Undo"}],
    "End": True,
}
THROTTLED = {"errorOutput": {"error": "Throttled", "cause": "slow down"}}


@pytest.fixture(scope="module")
def states(aws: Account) -> Any:
    return aws.client("stepfunctions")


def tried(states: Any, state: dict[str, Any], **more: Any) -> dict[str, Any]:
    definition = json.dumps({"QueryLanguage": "JSONata", **state})
    answer: dict[str, Any] = states.test_state(definition=definition, **more)
    del answer["ResponseMetadata"]
    return answer


def test_a_choice_tells_its_output_and_where_it_leads(states: Any) -> None:
    rule = {"Condition": "{% $states.input.a = $limit %}", "Next": "Yes"}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "No"}
    answer = tried(states, choice, input='{"a": 1}', variables='{"limit": 1}')
    assert (answer["status"], answer["nextState"], json.loads(answer["output"])) == (
        "SUCCEEDED",
        "Yes",
        {"a": 1},
    )


def test_a_mocked_task_shows_its_arguments_and_result_when_asked(states: Any) -> None:
    answer = tried(
        states, INVOKE, input='{"n":1}', mock={"result": '{"Payload":"2"}'}, inspectionLevel="DEBUG"
    )
    assert answer["inspectionData"] == {
        "input": '{"n":1}',
        "afterArguments": '{"FunctionName":"f","Payload":{"n":1}}',
        "result": '{"Payload":"2"}',
    }


@pytest.mark.parametrize(
    ("retries", "status", "details"),
    [
        (1, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 4}),
        (2, "CAUGHT_ERROR", {"catchIndex": 0}),
    ],
)
def test_a_mocked_failure_is_retried_and_then_caught(
    states: Any, retries: int, status: str, details: dict[str, int]
) -> None:
    answer = tried(
        states,
        INVOKE,
        mock=THROTTLED,
        inspectionLevel="DEBUG",
        stateConfiguration={"retrierRetryCount": retries},
    )
    assert (answer["status"], answer["error"]) == (status, "Throttled")
    assert answer["inspectionData"]["errorDetails"] == details


def test_a_task_without_a_mock_really_calls_under_its_role(aws: Account, states: Any) -> None:
    resource = "arn:aws:states:::aws-sdk:sts:getCallerIdentity"
    task = {"Type": "Task", "Resource": resource, "Arguments": {}, "End": True}
    answer = tried(states, task, roleArn=aws.role("states", "sts:*"))
    assert "assumed-role" in json.loads(answer["output"])["Arn"]


def test_a_state_of_a_whole_machine_is_tried_by_its_name(states: Any) -> None:
    inner = {"StartAt": "B", "States": {"B": {"Type": "Succeed", "Output": "{% $states.input & '!' %}"}}}
    machine = {"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [inner], "End": True}}}
    assert tried(states, machine, stateName="B", input='"hi"')["output"] == '"hi!"'


def test_a_mocked_map_tells_its_limits_and_a_given_context_is_what_it_sees(states: Any) -> None:
    answer = tried(states, MAP, mock={"result": "[1]"}, input="[1]", inspectionLevel="TRACE")
    assert (answer["output"], answer["inspectionData"]["maxConcurrency"]) == ("[1]", 3)
    passing = {"Type": "Pass", "Output": "{% $states.context.Execution.Name %}", "End": True}
    assert tried(states, passing, context='{"Execution": {"Name": "n"}}')["output"] == '"n"'


@pytest.mark.parametrize(
    ("state", "more", "reason"),
    [
        (MAP, {"mock": {"result": "{}"}}, "Mocked result must be an array"),
        (
            MAP,
            {"mock": {"result": "[1]"}, "stateConfiguration": {"mapIterationFailureCount": 2}},
            "must be less than or equal to the number of Map iterations",
        ),
        (
            MAP,
            {"stateConfiguration": {"mapIterationFailureCount": 2}},
            "does not support MapIterationFailureCount when a mock is not specified",
        ),
        (INVOKE, {"mock": {"result": '{"StatusCode": "200"}'}}, "Field 'StatusCode' must be a number"),
        (
            INVOKE,
            {"mock": {"result": "{}", "errorOutput": {"error": "E"}}},
            r"only one of the following fields: \[result, errorOutput\]",
        ),
        (INVOKE, {"mock": {"result": "{}"}, "revealSecrets": True}, "does not support RevealSecrets"),
        (
            {"Type": "Pass", "End": True},
            {"mock": {"result": "1"}},
            "'Pass' is not supported when a mock is specified",
        ),
        (INVOKE, {}, "RoleArn must be specified when testing a Task state"),
        (INVOKE, {"mock": {"result": "{"}}, "Mocked result must be valid JSON"),
        (INVOKE, {"mock": THROTTLED, "context": '{"Map": {}}'}, "'Map' field is not supported"),
        ({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, {"stateName": "B"}, "State not found"),
    ],
)
def test_a_trial_that_makes_no_sense_is_refused_with_the_reason(
    states: Any, state: dict[str, Any], more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason) as refused:
        tried(states, state, **more)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("kind", ["Map", "Parallel"])
def test_what_needs_a_mock_is_no_definition_without_one(states: Any, kind: str) -> None:
    branch = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    state = MAP if kind == "Map" else {"Type": kind, "Branches": [branch], "End": True}
    with pytest.raises(ClientError, match="does not support Map or Parallel states") as refused:
        tried(states, state)
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"


def test_a_lone_state_is_called_state_name_and_a_mapped_one_counts_its_retries(states: Any) -> None:
    seen = {**MAP, "Output": "{% $states.context.State %}"}
    answer = tried(states, seen, mock={"result": "[1]"}, input="[1]")
    state = json.loads(answer["output"])
    assert (state["Name"], state["RetryCount"]) == ("StateName", 0)


def test_the_limits_of_a_map_are_told_evaluated(states: Any) -> None:
    limits = {"MaxConcurrency": "{% $states.input[0] %}", "ToleratedFailurePercentage": "{% 1 %}"}
    answer = tried(states, {**MAP, **limits}, mock={"result": "[1]"}, input="[7]", inspectionLevel="DEBUG")
    told = answer["inspectionData"]
    assert (told["maxConcurrency"], told["toleratedFailurePercentage"]) == (7, 1.0)
