"""Resources: what they name and which of them exist."""

import pytest

from rehearsal.asl.integrations import is_recognized, parse_resource

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:score:live"


@pytest.mark.parametrize(
    ("resource", "resource_type", "spelled"),
    [
        ("arn:aws:states:::lambda:invoke", "lambda", "invoke"),
        ("arn:aws:states:::sagemaker:createTrainingJob.sync", "sagemaker", "createTrainingJob.sync"),
        ("arn:aws:states:::states:startExecution.sync:2", "states", "startExecution.sync:2"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "sqs", "sendMessage.waitForTaskToken"),
        ("arn:aws:states:::aws-sdk:sfn:startSyncExecution", "aws-sdk:sfn", "startSyncExecution"),
        (FUNCTION, "lambda", "invoke"),
    ],
)
def test_a_resource_is_named_in_events_as_aws_names_it(
    resource: str, resource_type: str, spelled: str
) -> None:
    integration = parse_resource(resource)
    assert integration is not None
    assert (integration.resource_type, integration.resource) == (resource_type, spelled)
    assert is_recognized(integration)
    assert integration.function_arn == (resource if resource == FUNCTION else None)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::sagemaker:createModel.sync",
        "arn:aws:states:::aws-sdk:sagemaker:createTrainingJob.sync",
        "arn:aws:states:::aws-sdk:sagemaker:CreateModel",
        "arn:aws:states:::dynamodb:query",
    ],
)
def test_a_pattern_that_step_functions_lacks_is_not_recognized(resource: str) -> None:
    integration = parse_resource(resource)
    assert integration is not None
    assert not is_recognized(integration)


@pytest.mark.parametrize("resource", ["", "lambda:invoke", "arn:aws:s3:::bucket", "arn:aws:states:::lambda"])
def test_what_is_no_resource_at_all_is_not_parsed(resource: str) -> None:
    assert parse_resource(resource) is None
