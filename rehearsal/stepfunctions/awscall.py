"""Calls any AWS API the way a Task does: under the machine's role, with Step Functions' error names."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError, UnknownServiceError

from rehearsal.asl.ports import StatesError
from rehearsal.emulator.platform import Credentials, Platform, ServiceError
from rehearsal.stepfunctions.spelling import (
    OPTIMIZED_SERVICES,
    SDK_SERVICES,
    compact,
    error_prefix,
    exception_name,
    from_result,
    operation_model,
    to_request,
)

# S3's model has it for a few operations only; a denied call is an S3Exception.
DENIED = "AccessDenied"
BODY_TYPE = "text/plain; charset=UTF-8"  # of objects that a state machine writes
PRINCIPAL = "states.amazonaws.com"
EMULATORS_HEADERS = ("access-control-", "x-amz-id-2", "x-amz-request-id")  # which AWS doesn't send there
SPELLED_HEADERS = {  # boto3 has them in lower case
    "content-length": "Content-Length",
    "content-type": "Content-Type",
    "date": "Date",
    "x-amz-executed-version": "X-Amz-Executed-Version",
    "x-amz-log-result": "X-Amz-Log-Result",
    "x-amzn-requestid": "x-amzn-RequestId",
}
SERVICE_NAMES = {"dynamodb": "AmazonDynamoDBv2"}  # in causes, where it isn't the base exception's


@dataclass(frozen=True)
class Caller:
    """Who calls: a state machine under its role."""

    role_arn: str
    machine_arn: str

    @property
    def session_name(self) -> str:
        """One session per machine, so that its clients are built once."""
        return self.machine_arn.rsplit(":", 1)[-1][:64]


@dataclass(frozen=True)
class _Refusal:
    """What a service answered; `modelled` is the error's name where its model has it."""

    code: str
    message: str
    modelled: str | None = None
    status: int = 400
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended_id: str | None = None  # S3 has it


class AwsCalls:
    """The calls of all machines; blocking, so for worker threads only."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def call(self, service: str, action: str, arguments: Any, caller: Caller, *, is_sdk: bool) -> Any:
        """Call `service:action` of a Task's Resource and return its result; raises StatesError."""
        name = SDK_SERVICES.get(service, service) if is_sdk else OPTIMIZED_SERVICES[service][0]
        client = self.client(name, caller)
        operation = _operation(name, action, service)
        request = _request(operation, arguments, is_sdk=is_sdk)
        missing = _missing(operation, request)
        if missing:
            raise _missing_member(missing, client, service, is_sdk=is_sdk)
        try:
            result = getattr(client, xform_name(operation.name))(**request)
        except ClientError as failed:
            raise service_failure(failed, client, service, is_sdk=is_sdk) from failed
        except ParamValidationError as failed:
            raise StatesError("States.Runtime", _unusable(arguments, str(failed))) from failed
        except BotoCoreError as failed:
            prefix = _prefix(client, service, is_sdk=is_sdk)
            raise StatesError(f"{prefix}.SdkClientException", str(failed)) from failed
        metadata = result.pop("ResponseMetadata")
        answer = from_result(result, operation.output_shape, is_sdk=is_sdk) if operation.output_shape else {}
        return answer if is_sdk else dict(sorted({**answer, **sdk_metadata(metadata)}.items()))

    def client(self, service: str, caller: Caller) -> Any:
        """Return a boto3 client under the machine's role; raises StatesError where it can't be assumed."""
        try:
            return self._platform.client(service, self.credentials(caller))
        except UnknownServiceError as unknown:
            raise StatesError("States.Runtime", f"aws-sdk:{service} is no service: {unknown}") from unknown

    def credentials(self, caller: Caller) -> Credentials:
        """Return the machine's role session; raises StatesError where the role can't be assumed."""
        try:
            return self._platform.credentials(
                caller.role_arn, PRINCIPAL, caller.session_name, caller.machine_arn
            )
        except ServiceError as refused:
            raise StatesError("States.Runtime", refused.message) from refused

    def require(self, caller: Caller, action: str, resource: str, error: str) -> None:
        """Raise StatesError `error` unless the machine's role may do the action, as a real call would."""
        context = {"aws:SourceArn": caller.machine_arn}
        denial = self._platform.is_allowed(caller.role_arn, PRINCIPAL, action, resource, **context)
        if denial:
            raise StatesError(error, denial)


def _operation(service: str, action: str, resource: str) -> Any:
    operation = operation_model(service, action)
    if operation is None:
        raise StatesError("States.Runtime", f"The resource {resource}:{action} is no API of that service")
    return operation


def _request(operation: Any, arguments: Any, *, is_sdk: bool) -> dict[str, Any]:
    if not isinstance(arguments, dict | None):
        raise StatesError("States.Runtime", _unusable(arguments, "Arguments must be an object"))
    if operation.input_shape is None:
        return {}
    request: dict[str, Any] = to_request(arguments or {}, operation.input_shape, is_sdk=is_sdk)
    if "Body" in request and "ContentType" in operation.input_shape.members:
        request.setdefault("ContentType", BODY_TYPE)
    return request


def _missing(operation: Any, request: dict[str, Any]) -> str | None:
    required = operation.input_shape.required_members if operation.input_shape else []
    return next((name for name in required if name not in request), None)


def _missing_member(name: str, client: Any, service: str, *, is_sdk: bool) -> StatesError:
    """What the service answers when the SDK sends a request without a required member."""
    member = name[0].lower() + name[1:]
    message = (
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
        "Member must not be null"
    )
    code = "ValidationException"
    if service == "sqs" and not is_sdk:
        message, code = f"The request must contain the parameter {name}.", "MissingParameter"
    return _failure(_Refusal(code, message), client, service, is_sdk=is_sdk)


def _unusable(arguments: Any, reason: str) -> str:
    return f"The Arguments '{compact(arguments):.1000}' could not be used to start the Task: [{reason}]"


def service_failure(failed: ClientError, client: Any, service: str, *, is_sdk: bool) -> StatesError:
    """Return an API's error under its Step Functions name; errors outside the model have one base name."""
    details, metadata = failed.response["Error"], failed.response["ResponseMetadata"]
    code = details["Code"].rsplit("#", 1)[-1]
    shapes = () if code == DENIED else client.meta.service_model.error_shapes
    codes = {code, details.get("QueryErrorCode")}  # SQS keeps a code of its older protocol beside the name
    modelled = next((shape for shape in shapes if codes & _codes(shape)), None)
    refusal = _Refusal(
        code if modelled is None or code not in _codes(modelled) else _code(modelled),
        details.get("Message", ""),
        None if modelled is None else modelled.name,
        metadata["HTTPStatusCode"],
        metadata.get("RequestId", ""),
        metadata.get("HostId") or _host_id(metadata, service),
    )
    return _failure(refusal, client, service, is_sdk=is_sdk)


def _host_id(metadata: dict[str, Any], service: str) -> str | None:
    """S3's second identifier of a request; the emulator sends one with the other services' answers, too."""
    return metadata.get("HTTPHeaders", {}).get("x-amz-id-2") if service == "s3" else None


def _failure(refusal: _Refusal, client: Any, service: str, *, is_sdk: bool) -> StatesError:
    prefix = _prefix(client, service, is_sdk=is_sdk)
    base = f"{prefix}Exception" if is_sdk else OPTIMIZED_SERVICES[service][2]
    name = exception_name(refusal.modelled, is_sdk=is_sdk) if refusal.modelled else base
    status, request_id = refusal.status, refusal.request_id
    if is_sdk:
        extended = f", Extended Request ID: {refusal.extended_id}" if refusal.extended_id else ""
        where = f"Service: {prefix}, Status Code: {status}, Request ID: {request_id}{extended}"
        return StatesError(f"{prefix}.{name}", f"{refusal.message} ({where}) (SDK Attempt Count: 1)")
    product = SERVICE_NAMES.get(service, base.removesuffix("Exception"))
    where = (
        f"Service: {product}; Status Code: {status}; Error Code: {refusal.code}; "
        f"Request ID: {request_id}; Proxy: null"
    )
    return StatesError(f"{prefix}.{name}", f"{refusal.message} ({where})")


def _codes(shape: Any) -> set[str]:
    return {shape.name, _code(shape)}


def _code(shape: Any) -> str:
    return str(shape.metadata.get("error", {}).get("code", shape.name))


def _prefix(client: Any, service: str, *, is_sdk: bool) -> str:
    if is_sdk:
        return error_prefix(client.meta.service_model.service_id)
    return OPTIMIZED_SERVICES[service][1]


def sdk_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return what the Java SDK's results carry along, and so those of optimized integrations."""
    headers = {
        SPELLED_HEADERS.get(name, name): value
        for name, value in metadata.get("HTTPHeaders", {}).items()
        if not name.startswith(EMULATORS_HEADERS)
    }
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": metadata["HTTPStatusCode"],
        },
        "SdkResponseMetadata": {"RequestId": metadata.get("RequestId", "")},
    }
