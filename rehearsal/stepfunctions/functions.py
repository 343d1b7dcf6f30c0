"""lambda:invoke: payloads in and out, and a function's own errors under their own names."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.asl.ports import StatesError
from rehearsal.stepfunctions.awscall import AwsCalls, Caller, sdk_metadata, service_failure
from rehearsal.stepfunctions.spelling import compact

INVOKE_FIELDS = ("ClientContext", "FunctionName", "InvocationType", "LogType", "Qualifier")


class FunctionError(StatesError):
    """A function failed; the cause is its runtime's text, which `lambda:invoke` writes anew."""

    cause: str


def invoke(calls: AwsCalls, arguments: Any, caller: Caller) -> dict[str, Any]:
    """Run the integration `lambda:invoke`; raises StatesError with the function's error name."""
    if not isinstance(arguments, dict) or "FunctionName" not in arguments:
        raise StatesError("States.Runtime", "The field 'FunctionName' is required but was missing")
    unknown = set(arguments) - {*INVOKE_FIELDS, "Payload"}
    if unknown:
        raise StatesError("States.Runtime", f'The field "{min(unknown)}" is not supported by Step Functions')
    request = {name: arguments[name] for name in INVOKE_FIELDS if arguments.get(name) is not None}
    try:
        return _call(calls, caller, {**request, "Payload": _body(arguments.get("Payload"))})
    except FunctionError as failed:
        raise StatesError(failed.error, compact(_parsed(failed.cause))) from failed


def invoke_resource(calls: AwsCalls, function_arn: str, payload: Any, caller: Caller) -> Any:
    """Run a Task whose Resource is a function's ARN: its input is the event, its result the payload."""
    request = {"FunctionName": function_arn, "Payload": compact(payload).encode()}
    return _call(calls, caller, request)["Payload"]


def _body(payload: Any) -> bytes:
    if payload is None:
        return b"{}"
    # A text is the body itself, not a JSON string.
    return (payload if isinstance(payload, str) else compact(payload)).encode()


def _call(calls: AwsCalls, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    client = calls.client("lambda", caller)
    try:
        answer = client.invoke(**request)
    except ClientError as failed:
        details = failed.response["Error"]
        if details["Code"] == "ResourceNotFoundException" and "Qualifier" not in request:
            details["Message"] = f"{details['Message']}:$LATEST"
        raise service_failure(failed, client, "lambda", is_sdk=False) from failed
    body = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise _function_error(body)
    return {
        "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
        "Payload": _parsed(body),
        **sdk_metadata(answer["ResponseMetadata"]),
        "StatusCode": answer["StatusCode"],
    }


def _parsed(body: str) -> Any:
    try:
        return json.loads(body) if body else {}
    except ValueError:
        return body


def _function_error(body: str) -> FunctionError:
    details = _parsed(body)
    error_type = details.get("errorType") if isinstance(details, dict) else None
    return FunctionError(error_type or "Lambda.Unknown", body)
