"""Requests that AWS rejects are rejected with its codes, and its clients read them as their exceptions.

In the table of requests, `${passing}` and its kin stand for what `stage` creates; a case names its basis, as
those of test_served do.
"""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.emulator.platform import ServiceError
from rehearsal.emulator.requests import RequestModel
from rehearsal.stepfunctions.arns import ARN_FIELDS
from tests.rehearsal.conftest import Account
from tests.rehearsal.stepfunctions.requests import CASES, Stage

MODEL = botocore.session.get_session().get_service_model("stepfunctions")
NOBODY = "arn:aws:states:eu-west-1:111122223333"
UNKNOWN = {
    "stateMachineArn": (f"{NOBODY}:stateMachine:none", "StateMachineDoesNotExist"),
    "executionArn": (f"{NOBODY}:execution:none:none", "ExecutionDoesNotExist"),
    "mapRunArn": (f"{NOBODY}:mapRun:none/l:none", "ResourceNotFound"),
    "resourceArn": (f"{NOBODY}:activity:none", "ResourceNotFound"),
    "stateMachineAliasArn": (f"{NOBODY}:stateMachine:none:live", "ResourceNotFound"),
    "activityArn": (f"{NOBODY}:activity:none", "ActivityDoesNotExist"),
}
FORGIVING = (
    "DeleteActivity",
    "DeleteStateMachine",
    "DeleteStateMachineAlias",
)  # delete what is gone, as recorded
REST = {
    "definition": "{}", "output": "{}", "taskToken": "t", "name": "n",
    "roleArn": "arn:aws:iam::111122223333:role/r",
    "tags": [], "tagKeys": [], "description": "d", "maxConcurrency": 1,
    "routingConfiguration": [{"stateMachineVersionArn": f"{NOBODY}:stateMachine:m:1", "weight": 100}],
}  # fmt: skip
NAMING = [
    (action, field)
    for action in MODEL.operation_names
    for field in MODEL.operation_model(action).input_shape.members
    if field in ARN_FIELDS and (action, field) != ("ListExecutions", "mapRunArn")
]


def rest_of(action: str) -> dict[str, Any]:
    """What else a request needs to be about its ARN."""
    members = MODEL.operation_model(action).input_shape.members
    optional = ("description", "maxConcurrency", "roleArn") if action.startswith("Update") else ()
    needed = (*MODEL.operation_model(action).input_shape.required_members, *optional)
    return {name: REST[name] for name in needed if name in REST and name in members}


@pytest.fixture(scope="module")
def states(aws: Account) -> Any:
    """A client that sends whatever it is given."""
    settings = Config(parameter_validation=False, inject_host_prefix=False, retries={"max_attempts": 0})
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    url, region = aws.emulator.endpoint_url, aws.emulator.region
    return boto3.client("stepfunctions", endpoint_url=url, region_name=region, config=settings, **keys)


def refusal(call: Any, **request: Any) -> ClientError:
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value


@pytest.fixture(scope="module")
def stage(aws: Account) -> Stage:
    return Stage.build(aws)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_a_request_that_aws_rejects_is_rejected_with_its_code(
    states: Any, stage: Stage, case: dict[str, Any]
) -> None:
    request = stage.filled(case["request"])
    if case["call"].startswith("raw:"):
        assert stage.posted(case["call"].removeprefix("raw:"), request) == (400, case["code"])
        return
    refused = refusal(getattr(states, case["call"]), **request)
    assert refused.response["Error"]["Code"] == case["code"]
    assert refused.response.get("reason") == case.get("reason")
    declared = getattr(states.exceptions, case["code"], ClientError)
    assert isinstance(refused, declared)


@pytest.mark.parametrize(("action", "field"), NAMING)
@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("nobody", "Invalid ARN prefix: nobody"),
        (f"{NOBODY}:express:m:e", "Resource type not valid in this context"),
    ],
)
def test_an_arn_of_nothing_that_the_api_takes_is_invalid(
    states: Any, action: str, field: str, arn: str, reason: str
) -> None:
    refused = refusal(getattr(states, xform_name(action)), **{**rest_of(action), field: arn})
    assert isinstance(refused, states.exceptions.InvalidArn)
    assert reason in str(refused)


@pytest.mark.parametrize(
    ("action", "field"), [pair for pair in NAMING if pair[0] not in FORGIVING and pair[1] in UNKNOWN]
)
def test_what_does_not_exist_is_missed_by_the_exception_of_its_kind(
    states: Any, action: str, field: str
) -> None:
    arn, code = UNKNOWN[field]
    refused = refusal(getattr(states, xform_name(action)), **{**rest_of(action), field: arn})
    assert refused.response["Error"]["Code"] == code


def broken_values(shape: Any) -> list[Any]:
    """Values that break what the model says of a member, one a rule."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string":
        long = ["x" * (high + 1)] if high is not None else []
        return [*long, *([""] if low else []), *(["NOPE"] if shape.enum else []), 7]
    if shape.type_name in ("integer", "long", "float"):
        return ["7", *([] if high is None else [high + 1]), *([] if low is None else [low - 1])]
    return [7]


@pytest.mark.parametrize("action", MODEL.operation_names)
def test_every_rule_of_the_api_model_is_kept(action: str) -> None:
    shape, arns = (
        MODEL.operation_model(action).input_shape,
        dict.fromkeys(ARN_FIELDS, f"{NOBODY}:stateMachine:m"),
    )
    sound = {name: ({**REST, **arns})[name] for name in shape.required_members if name in {**REST, **arns}}
    model = RequestModel("stepfunctions")
    for name, member in shape.members.items():
        missing = [None] if name in shape.required_members else []
        for value in [*broken_values(member), *missing]:
            with pytest.raises(ServiceError) as refused:
                model.validate(action, {**sound, name: value})
            assert refused.value.code in ("ValidationException", "SerializationException")


@pytest.mark.parametrize(
    ("call", "more"),
    [
        ("get_execution_history", {"executionArn": "${done}"}),
        ("list_activities", {}),
        ("list_executions", {"stateMachineArn": "${waiting}"}),
        ("list_executions", {"stateMachineArn": "${passing}", "statusFilter": "FAILED"}),
        ("list_map_runs", {"executionArn": "${done}"}),
        ("list_state_machines", {}),
    ],
)
def test_a_page_is_had_only_with_the_token_and_arguments_of_its_list(
    states: Any, stage: Stage, call: str, more: dict[str, Any]
) -> None:
    request = {"stateMachineArn": stage.names["passing"], "maxResults": 1}
    token = states.list_executions(**request)["nextToken"]
    assert states.list_executions(**request | {"nextToken": token, "maxResults": 2})["executions"]
    refused = refusal(getattr(states, call), **stage.filled(more), nextToken=token)
    assert isinstance(refused, states.exceptions.InvalidToken)


def test_a_resource_has_at_most_fifty_tags(aws: Account, states: Any) -> None:
    machine_arn = aws.machine({"P": {"Type": "Pass", "End": True}})
    tags = [{"key": f"k{number}", "value": "v"} for number in range(51)]
    states.tag_resource(resourceArn=machine_arn, tags=tags[:50])
    states.tag_resource(resourceArn=machine_arn, tags=tags[:2])
    too_many = states.exceptions.TooManyTags
    assert isinstance(refusal(states.tag_resource, resourceArn=machine_arn, tags=tags[50:]), too_many)
    assert isinstance(refusal(states.create_activity, name=aws.name("tagged"), tags=tags), too_many)


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code"),
    [
        ("POST", "AWSStepFunctions.Explode", "{}", 400, "UnknownOperationException"),
        ("POST", "AWSStepFunctions.ListStateMachines", "{", 400, "SerializationException"),
        ("POST", "AWSStepFunctions.ListStateMachines", "[]", 400, "SerializationException"),
        ("GET", "AWSStepFunctions.ListStateMachines", None, 404, "UnknownOperationException"),
    ],
)
def test_what_is_no_request_is_refused_by_the_transport(
    stage: Stage, method: str, target: str, body: str | None, status: int, code: str
) -> None:
    assert stage.sent(method, target, body) == (status, code)
