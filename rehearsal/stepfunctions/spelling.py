"""How Step Functions spells requests, results and errors of the APIs it calls.

Optimized integrations speak as the AWS SDK for Java 1 did, `aws-sdk:` ones as version 2 does: names of
members and exceptions, and times as epoch milliseconds or as ISO 8601 text.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.exceptions import UnknownServiceError

from rehearsal.asl.ports import StatesError

# aws-sdk names that differ from boto3's.
SDK_SERVICES = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "sagemakerfeaturestoreruntime": "sagemaker-featurestore-runtime",
    "sagemakerruntime": "sagemaker-runtime",
    "sfn": "stepfunctions",
}
# Optimized integration -> (boto3's name, prefix of its errors, the SDK's base exception).
OPTIMIZED_SERVICES = {
    "dynamodb": ("dynamodb", "DynamoDB", "AmazonDynamoDBException"),
    "events": ("events", "EventBridge", "AmazonEventBridgeException"),
    "lambda": ("lambda", "Lambda", "AWSLambdaException"),
    "sagemaker": ("sagemaker", "SageMaker", "AmazonSageMakerException"),
    "sns": ("sns", "SNS", "AmazonSNSException"),
    "sqs": ("sqs", "SQS", "AmazonSQSException"),
    "states": ("stepfunctions", "StepFunctions", "AWSStepFunctionsException"),
}
# Members that Java's SDK renames: a null of DynamoDB, and words that its language or its objects have, which
# get "Value" behind them (EqualsValue is documented). Those listed are what some API calls a member.
_RENAMED = {"NULL": "Nul"}
_RESERVED = frozenset(
    {"boolean", "builder", "default", "double", "else", "enum", "equals", "float", "int", "interface", "long"}
    | {"notify", "notifyAll", "overrideConfiguration", "package", "public", "return", "static", "wait"}
)
_FRONT = re.compile(r"[A-Z]+(?![a-z])")
_WORD = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z][a-z]+\d*|[a-z]+|\d+")


def is_operation(service: str, action: str) -> bool:
    """Whether an `aws-sdk:` service, by Step Functions' name of it, has that API."""
    return operation_model(SDK_SERVICES.get(service, service), action) is not None


@lru_cache(maxsize=1024)
def operation_model(service: str, action: str) -> Any:
    """botocore's model of an API, by boto3's name of the service; None where there is none."""
    try:
        model = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return None
    name = next((name for name in model.operation_names if name.lower() == action.lower()), None)
    return None if name is None else model.operation_model(name)


def error_prefix(service_id: str) -> str:
    """Return the Java 2 spelling of a botocore service id: DynamoDB is DynamoDb, AWSHealth is Health."""
    spelled = _pascal_case(service_id)
    return spelled.removeprefix("Amazon").removeprefix("Aws").removesuffix("Service")


def _pascal_case(name: str) -> str:
    return "".join(word[0].upper() + word[1:].lower() for word in _WORD.findall(name))


def exception_name(shape_name: str, *, is_sdk: bool = False) -> str:
    """Return the exception class of a modelled error: ResourceInUse is ResourceInUseException.

    Version 2 of the SDK also spells acronyms as words and drops Fault: DBInstanceNotFoundFault is
    DbInstanceNotFoundException.
    """
    name = shape_name.removesuffix("Exception")
    return f"{_pascal_case(name.removesuffix('Fault')) if is_sdk else name}Exception"


def to_request(value: Any, shape: Any, *, is_sdk: bool) -> Any:
    """Return arguments as boto3 wants them: members by their spelling, nulls dropped, text where the
    API wants text, an object's body as JSON (a text in quotes). Raises StatesError States.Runtime for a
    field that the API doesn't have, or spells otherwise."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return _structure(value, shape, is_sdk=is_sdk)
    if kind == "list" and isinstance(value, list):
        return [to_request(item, shape.member, is_sdk=is_sdk) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: to_request(item, shape.value, is_sdk=is_sdk) for key, item in value.items()}
    if kind == "string" and not isinstance(value, str):
        return compact(value)
    if kind == "blob" and not isinstance(value, bytes):
        is_text = isinstance(value, str) and not shape.serialization.get("streaming")
        return (value if is_text else compact(value)).encode()
    if kind in ("integer", "long") and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def from_result(value: Any, shape: Any, *, is_sdk: bool) -> Any:
    """Return a boto3 result in Step Functions' spelling: PascalCase members, times and bodies as text."""
    kind = shape.type_name if shape is not None else ""
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {
            spelled(name, is_sdk=is_sdk): from_result(item, members.get(name), is_sdk=is_sdk)
            for name, item in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [from_result(item, shape.member, is_sdk=is_sdk) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: from_result(item, shape.value, is_sdk=is_sdk) for key, item in value.items()}
    return _scalar(value, is_sdk=is_sdk)


def compact(value: Any) -> str:
    """Return JSON text as Step Functions writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def unknown_field(value: Any, shape: Any, *, is_sdk: bool) -> str | None:
    """The first field of arguments, expressions and all, that an API doesn't have, or spells otherwise."""
    kind = shape.type_name if shape is not None else ""
    inner: list[tuple[Any, Any]] = []
    if kind == "structure" and isinstance(value, dict):
        for given, item in value.items():
            name = _member(given, shape, is_sdk=is_sdk)
            if name is None:
                return str(given)
            inner.append((item, shape.members[name]))
    elif kind == "list" and isinstance(value, list):
        inner = [(item, shape.member) for item in value]
    elif kind == "map" and isinstance(value, dict):
        inner = [(item, shape.value) for item in value.values()]
    found = (unknown_field(item, within, is_sdk=is_sdk) for item, within in inner)
    return next((field for field in found if field is not None), None)


@lru_cache(maxsize=16384)
def spelled(member: str, *, is_sdk: bool) -> str:
    """A member in PascalCase; the SDK's, as Java's, with an acronym in front as a word: DBInstances is
    DbInstances, and UsedInMB stays."""
    if not is_sdk:
        return member[:1].upper() + member[1:]
    if member in _RENAMED:
        return _RENAMED[member]
    front = _FRONT.match(member)
    end = front.end() if front else 1
    word = member[:end].lower() + member[end:]
    return word[:1].upper() + word[1:] + ("Value" if word in _RESERVED else "")


def _member(given: str, shape: Any, *, is_sdk: bool) -> str | None:
    """The member that Step Functions spells so, letter for letter."""
    members: list[str] = list(shape.members)
    return next((name for name in members if spelled(name, is_sdk=is_sdk) == given), None)


def _structure(value: dict[str, Any], shape: Any, *, is_sdk: bool) -> dict[str, Any]:
    request = {}
    for given, item in value.items():
        name = _member(given, shape, is_sdk=is_sdk)
        if name is None:
            raise StatesError("States.Runtime", f'The field "{given}" is not supported by Step Functions')
        if item is not None:
            request[name] = to_request(item, shape.members[name], is_sdk=is_sdk)
    return request


def _scalar(value: Any, *, is_sdk: bool) -> Any:
    if isinstance(value, datetime):
        if is_sdk:
            text = value.astimezone(UTC).isoformat(timespec="milliseconds")
            return text.replace("+00:00", "Z")
        return int(value.timestamp() * 1000)
    if hasattr(value, "read"):
        value = value.read()
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else value
