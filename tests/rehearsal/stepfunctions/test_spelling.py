"""Requests, results and errors in Step Functions' own spelling, without an emulator."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from rehearsal.asl.ports import StatesError
from rehearsal.stepfunctions.spelling import error_prefix, exception_name, from_result, to_request


def operation(service: str, name: str) -> Any:
    return botocore.session.get_session().get_service_model(service).operation_model(name)


@pytest.mark.parametrize(
    ("service_id", "prefix"),
    [
        ("SFN", "Sfn"),
        ("DynamoDB", "DynamoDb"),
        ("SageMaker", "SageMaker"),
        ("SageMaker Runtime", "SageMakerRuntime"),
        ("EventBridge", "EventBridge"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("S3", "S3"),
        ("SSM", "Ssm"),
        ("Database Migration Service", "DatabaseMigration"),
        ("AWSHealth", "Health"),
        ("Amazon Q", "Q"),
        ("Lex Models V2", "LexModelsV2"),
    ],
)
def test_the_prefix_of_an_sdk_error_is_spelled_as_java_spells_the_service(
    service_id: str, prefix: str
) -> None:
    assert error_prefix(service_id) == prefix


def test_a_modelled_error_gets_the_name_of_its_exception_class() -> None:
    assert exception_name("ResourceLimitExceeded") == "ResourceLimitExceededException"
    assert exception_name("ValidationException") == "ValidationException"
    assert exception_name("KMSInvalidStateException") == "KMSInvalidStateException"


def test_the_second_sdk_spells_acronyms_as_words_and_knows_no_faults() -> None:
    assert exception_name("KMSInvalidStateException", is_sdk=True) == "KmsInvalidStateException"
    assert exception_name("DBInstanceNotFoundFault", is_sdk=True) == "DbInstanceNotFoundException"
    assert exception_name("EC2AccessDeniedException", is_sdk=True) == "Ec2AccessDeniedException"
    assert exception_name("QueueDoesNotExist", is_sdk=True) == "QueueDoesNotExistException"


def test_arguments_are_in_pascal_case_and_nulls_are_dropped() -> None:
    shape = operation("stepfunctions", "StartExecution").input_shape
    given = {"StateMachineArn": "arn", "Name": None, "Input": {"a": 1}}
    assert to_request(given, shape, is_sdk=True) == {"stateMachineArn": "arn", "input": '{"a":1}'}


@pytest.mark.parametrize(
    ("service", "api", "is_sdk", "arguments", "field"),
    [
        ("sqs", "SendMessage", False, {"QueueUrl": "u", "Mesage": "m"}, "Mesage"),
        ("sqs", "SendMessage", False, {"QueueURL": "u"}, "QueueURL"),
        ("stepfunctions", "StartExecution", True, {"stateMachineArn": "a"}, "stateMachineArn"),
        ("rds", "DescribeDBInstances", True, {"DBInstanceIdentifier": "a"}, "DBInstanceIdentifier"),
        ("dynamodb", "PutItem", True, {"Item": {"a": {"BOOL": True}}}, "BOOL"),
        ("cloudtrail", "PutEventSelectors", True, {"AdvancedEventSelectors": [{"FieldSelectors": [
            {"Field": "f", "Equals": ["v"]}]}]}, "Equals"),
    ],
)  # fmt: skip
def test_a_field_the_api_does_not_have_or_spells_otherwise_is_refused_by_its_name(
    service: str, api: str, is_sdk: bool, arguments: Any, field: str
) -> None:
    with pytest.raises(StatesError, match=f'The field "{field}" is not supported') as refused:
        to_request(arguments, operation(service, api).input_shape, is_sdk=is_sdk)
    assert refused.value.error == "States.Runtime"


def test_whole_numbers_written_as_fractions_become_integers() -> None:
    shape = operation("sqs", "SendMessage").input_shape
    assert to_request({"DelaySeconds": 5.0}, shape, is_sdk=False) == {"DelaySeconds": 5}


@pytest.mark.parametrize(("is_sdk", "spelled"), [(True, "2026-01-02T03:04:05.678Z"), (False, 1767323045678)])
def test_times_are_text_for_the_sdk_and_milliseconds_for_optimized_integrations(
    is_sdk: bool, spelled: Any
) -> None:
    shape = operation("stepfunctions", "StartExecution").output_shape
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert from_result({"startDate": moment}, shape, is_sdk=is_sdk) == {"StartDate": spelled}


def test_keys_of_maps_keep_their_spelling_in_results() -> None:
    shape = operation("sagemaker", "DescribeTrainingJob").output_shape
    result = {"HyperParameters": {"batch_size": "32"}}
    assert from_result(result, shape, is_sdk=False) == result


@pytest.mark.parametrize(
    ("member", "spelled"),
    [
        ("ARN", "Arn"),
        ("ETag", "ETag"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("ChecksumCRC32", "ChecksumCRC32"),
        ("startDate", "StartDate"),
        ("billedMemoryUsedInMB", "BilledMemoryUsedInMB"),
    ],
)
def test_an_acronym_in_front_of_a_member_is_a_word_to_the_sdk(member: str, spelled: str) -> None:
    shape = operation("rds", "DescribeDBInstances").output_shape
    assert from_result({member: 1}, shape, is_sdk=True) == {spelled: 1}


def test_an_sdk_result_is_spelled_at_every_depth_and_keys_of_maps_stay() -> None:
    listed = {"DBInstances": [{"DBInstanceIdentifier": "a", "IAMDatabaseAuthenticationEnabled": False}]}
    assert from_result(listed, operation("rds", "DescribeDBInstances").output_shape, is_sdk=True) == {
        "DbInstances": [{"DbInstanceIdentifier": "a", "IamDatabaseAuthenticationEnabled": False}]
    }
    received = {"Messages": [{"MD5OfBody": "m", "Attributes": {"AWSTraceHeader": "t"}}]}
    shape = operation("sqs", "ReceiveMessage").output_shape
    assert from_result(received, shape, is_sdk=True) == {
        "Messages": [{"Md5OfBody": "m", "Attributes": {"AWSTraceHeader": "t"}}]
    }
    assert from_result(received, shape, is_sdk=False) == received


def test_arguments_are_spelled_as_the_result_is() -> None:
    shape = operation("rds", "DescribeDBInstances").input_shape
    assert to_request({"DbInstanceIdentifier": "a"}, shape, is_sdk=True) == {"DBInstanceIdentifier": "a"}


def test_a_word_that_java_reserves_gets_value_behind_it_in_the_sdk() -> None:
    shape = operation("cloudtrail", "PutEventSelectors").input_shape
    given = {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "f", "EqualsValue": ["v"]}]}]}
    request = {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "f", "Equals": ["v"]}]}]}
    assert to_request(given, shape, is_sdk=True) == request
    assert from_result(request, shape, is_sdk=True) == given


def test_an_attribute_value_is_spelled_as_java_spells_it() -> None:
    shape = operation("dynamodb", "GetItem").output_shape
    found = {"Item": {"NS": {"SS": ["a"]}, "b": {"BOOL": True}, "n": {"NULL": True}}}
    spelled = {"Item": {"NS": {"Ss": ["a"]}, "b": {"Bool": True}, "n": {"Nul": True}}}
    assert from_result(found, shape, is_sdk=True) == spelled
    assert from_result(found, shape, is_sdk=False) == found
    shape = operation("dynamodb", "PutItem").input_shape
    assert to_request(spelled, shape, is_sdk=True) == to_request(found, shape, is_sdk=False) == found
