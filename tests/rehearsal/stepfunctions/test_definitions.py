"""Calls in a definition: what AWS hasn't, or the rehearsal, is refused when the machine is created."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.stepfunctions.definitions import check_definition, findings_of

TRAINING = "arn:aws:states:::sagemaker:createTrainingJob.sync"
UNRECOGNIZED = (
    "is not recognized. The value is not a valid resource ARN, or the resource is not available in this"
)


def calling(resource: str, arguments: Any = None) -> str:
    task = {"Type": "Task", "Resource": resource, "Arguments": arguments or {}, "End": True}
    inner = {"StartAt": "T", "States": {"T": task}}
    states = {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": "P", "States": states})


@pytest.mark.parametrize(
    ("resource", "arguments", "field"),
    [
        ("arn:aws:states:::lambda:invoke", {"FunctionName": "f", "TaskToken": "x"}, "TaskToken"),
        ("arn:aws:states:::sqs:sendMessage", {"queueUrl": "q"}, "queueUrl"),
        (TRAINING, {"Tags": [{"Key": "a", "Value": "b"}, {"key": "a", "Value": "b"}]}, "key"),
        (TRAINING, {"ResourceConfig": {"InstanceKind": "{% $states.input.kind %}"}}, "InstanceKind"),
        ("arn:aws:states:::dynamodb:putItem", {"Item": {"any name": {"Text": "a"}}}, "Text"),
    ],
)
def test_an_argument_that_an_integration_lacks_is_refused_in_its_words(
    resource: str, arguments: dict[str, Any], field: str
) -> None:
    (finding,) = findings_of(calling(resource, arguments), "STANDARD")
    assert finding.code == "SCHEMA_VALIDATION_FAILED"
    assert finding.message == f'The field "{field}" is not supported by Step Functions'
    assert finding.location == "/States/P/Branches[0]/States/T/Arguments"


@pytest.mark.parametrize(
    ("resource", "arguments"),
    [
        ("arn:aws:states:::lambda:invoke", {"FunctionName": "f", "Payload": {"of any": {"Shape": 1}}}),
        ("arn:aws:states:::lambda:invoke", "{% {'FunctionName': 'f', 'Colour': 1} %}"),
        (
            "arn:aws:states:::events:putEvents",
            {"Entries": [{"Detail": {"any": 1}, "DetailType": "d", "Source": "s"}]},
        ),
        (
            "arn:aws:states:::states:startExecution.sync:2",
            {"StateMachineArn": "a", "Input": {"any": 1}, "Name": "n"},
        ),
        (
            TRAINING,
            {"TrainingJobName": "j", "HyperParameters": {"my-key": "1"}, "Environment": {"lower": "x"}},
        ),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody": {"any": 1}}),
        ("arn:aws:states:::aws-sdk:s3:listObjectsV2", {"Colour": 1}),
    ],
)
def test_what_only_a_run_can_tell_is_left_to_it(resource: str, arguments: Any) -> None:
    assert findings_of(calling(resource, arguments), "STANDARD") == []


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::aws-sdk:nothing:listBuckets",
        "arn:aws:states:::aws-sdk:s3:explode",
        "arn:aws:states:::aws-sdk:dynamodb:put_item",
        "arn:aws-cn:states:::lambda:invoke",
    ],
)
def test_an_api_that_is_not_there_is_no_resource(resource: str) -> None:
    (finding,) = findings_of(calling(resource), "STANDARD")
    assert finding.message.startswith(f"The resource provided {resource} {UNRECOGNIZED}")
    assert finding.location == "/States/P/Branches[0]/States/T/Resource"


def test_an_integration_that_is_missing_here_is_refused_as_that_and_by_validation_too() -> None:
    definition = calling("arn:aws:states:::glue:startJobRun.sync", {"JobName": "j"})
    (finding,) = findings_of(definition, "STANDARD")
    assert finding.code == "UnsupportedByRehearsal"
    with pytest.raises(ServiceError, match="no glue integration") as refused:
        check_definition(definition, "STANDARD")
    assert refused.value.code == "UnsupportedByRehearsal"
