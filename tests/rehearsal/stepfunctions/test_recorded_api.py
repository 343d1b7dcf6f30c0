"""Answers of the API as they were recorded on the real service, with machines of our own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account

PASS = {"P": {"Type": "Pass", "End": True}}
FUNCTION = """
def handler(event, context):
    if event.get("fail"):
        raise ValueError("no seats")
    return b'{"text": "ok"}'
"""


@pytest.fixture(scope="module")
def states(aws: Account) -> Any:
    return aws.client("stepfunctions")


def refusal(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Invalid execution input."),
        ("not JSON", "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token"),
        ("{'a'", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
    ],
)
def test_an_input_that_is_no_json_is_refused_in_the_parsers_words(
    aws: Account, states: Any, text: str, reason: str
) -> None:
    said = refusal(states.start_execution, stateMachineArn=aws.machine(PASS), input=text)
    assert said.startswith(f"InvalidExecutionInput: Invalid State Machine Execution Input: '{reason}")


def test_the_same_definition_spelled_otherwise_is_another_machine(aws: Account, states: Any) -> None:
    described = states.describe_state_machine(stateMachineArn=aws.machine(PASS))
    spaced = json.dumps(json.loads(described["definition"]), indent=2)
    request = {"name": described["name"], "roleArn": described["roleArn"]}
    again = states.create_state_machine(definition=described["definition"], **request)
    assert again["stateMachineArn"] == described["stateMachineArn"]
    assert "StateMachineAlreadyExists" in refusal(states.create_state_machine, definition=spaced, **request)


def test_an_update_that_changes_nothing_keeps_the_revision(aws: Account, states: Any) -> None:
    machine_arn = aws.machine(PASS)
    described = states.describe_state_machine(stateMachineArn=machine_arn)
    same = {"stateMachineArn": machine_arn, "definition": described["definition"]}
    assert "revisionId" not in states.update_state_machine(**same)
    tracing = {"tracingConfiguration": {"enabled": True}}
    changed = states.update_state_machine(stateMachineArn=machine_arn, **tracing)
    assert states.update_state_machine(**same)["revisionId"] == changed["revisionId"]


def test_a_version_tells_its_description_and_cannot_be_updated(aws: Account, states: Any) -> None:
    machine_arn = aws.machine(PASS, publish=True, versionDescription="first")
    version = f"{machine_arn}:1"
    assert states.describe_state_machine(stateMachineArn=version)["description"] == "first"
    said = refusal(states.update_state_machine, stateMachineArn=version, roleArn=aws.role("states"))
    assert said == f"StateMachineDoesNotExist: State Machine Does Not Exist: '{version}'"
    said = refusal(states.publish_state_machine_version, stateMachineArn=machine_arn, revisionId="r")
    assert said.endswith("for revision r. The current State Machine revision is INITIAL.")


def test_versions_and_aliases_that_are_gone_can_be_deleted_again(aws: Account, states: Any) -> None:
    machine_arn = aws.machine(PASS, publish=True)
    routing = [{"stateMachineVersionArn": f"{machine_arn}:1", "weight": 100}]
    alias_arn = states.create_state_machine_alias(name="live", routingConfiguration=routing)[
        "stateMachineAliasArn"
    ]
    said = refusal(states.delete_state_machine_version, stateMachineVersionArn=f"{machine_arn}:1")
    assert said.endswith("Current list of aliases referencing this version: [live]")
    for _ in range(2):
        states.delete_state_machine_alias(stateMachineAliasArn=alias_arn)
        states.delete_state_machine_version(stateMachineVersionArn=f"{machine_arn}:1")


@pytest.mark.parametrize(
    ("routes", "reason"),
    [
        ([(":1", 60), (":1", 40)], "must contain distinct state machine version ARNs. Received: ["),
        ([("", 100)], "must contain state machine version ARNs. Received: ["),
        ([(":1", 70)], "Sum of routing configuration weights must equal 100. Received: [70]"),
        ([(":1", 101)], "failed to satisfy constraint: Member must have value less than or equal to 100"),
    ],
)
def test_an_alias_that_cannot_route_is_refused(
    aws: Account, states: Any, routes: list[tuple[str, int]], reason: str
) -> None:
    machine_arn = aws.machine(PASS, publish=True)
    routing = [
        {"stateMachineVersionArn": machine_arn + suffix, "weight": weight} for suffix, weight in routes
    ]
    said = refusal(states.create_state_machine_alias, name="live", routingConfiguration=routing)
    assert said.startswith("ValidationException: ")
    assert reason in said


@pytest.mark.parametrize(
    ("logging", "reason"),
    [
        ({"level": "ALL"}, "Must specify exactly one Log Destination."),
        ({"level": "ALL", "destinations": ["a", "b"]}, "Must specify exactly one Log Destination."),
        ({"level": "ALL", "destinations": ["nowhere"]}, "Log Destination not found."),
    ],
)
def test_logs_need_one_destination_that_exists(aws: Account, logging: dict[str, Any], reason: str) -> None:
    arns = [
        f"arn:aws:logs:eu-west-1:111122223333:log-group:{name}:*" for name in logging.get("destinations", [])
    ]
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}} for arn in arns]
    configuration = {**logging, "destinations": destinations}
    with pytest.raises(ClientError, match=reason) as refused:
        aws.machine(PASS, loggingConfiguration=configuration)
    assert refused.value.response["Error"]["Code"] == "InvalidLoggingConfiguration"


def test_a_function_finds_itself_where_it_lies_on_aws_and_may_return_bytes(aws: Account) -> None:
    arguments = {"FunctionName": aws.function(FUNCTION)}
    resource = "arn:aws:states:::lambda:invoke"
    ended = aws.run(aws.task(resource, arguments), {})
    assert json.loads(ended["output"])["Payload"] == {"text": "ok"}
    failed = aws.run(aws.task(resource, {**arguments, "Payload": {"fail": 1}}), {})
    assert failed["error"] == "ValueError"
    assert failed["cause"].startswith('{"errorMessage":"no seats","errorType":"ValueError","requestId":"')
    assert 'File \\"/var/task/' in failed["cause"]


def test_the_input_of_an_execution_is_handed_on_as_it_was_written(aws: Account, states: Any) -> None:
    text = '[1, 2.0,  {"a" : 1}]'
    started = states.start_execution(stateMachineArn=aws.machine(PASS), input=text)
    ended = aws.ended(started["executionArn"])
    assert ended["output"] == text


def test_a_history_without_data_keeps_errors_and_their_causes(aws: Account, states: Any) -> None:
    ended = aws.run(aws.machine({"F": {"Type": "Fail", "Error": "E", "Cause": "c"}}), {"a": 1})
    request = {"executionArn": ended["executionArn"], "includeExecutionData": False}
    events = states.get_execution_history(**request)["events"]
    assert events[1]["stateEnteredEventDetails"] == {"name": "F"}
    assert events[-1]["executionFailedEventDetails"] == {"error": "E", "cause": "c"}
