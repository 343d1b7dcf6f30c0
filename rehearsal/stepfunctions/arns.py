"""The ARNs that a request names: whether they are Step Functions', and of a kind that the API takes."""

from __future__ import annotations

import re
from typing import Any

from rehearsal.emulator.platform import ServiceError

# field of a request -> the kinds of resources that it may name
ARN_FIELDS = {
    "stateMachineArn": ("stateMachine",),
    "executionArn": ("execution",),
    "mapRunArn": ("mapRun",),
    "resourceArn": ("stateMachine", "activity"),
    "stateMachineAliasArn": ("stateMachine",),
    "stateMachineVersionArn": ("stateMachine",),
    "activityArn": ("activity",),
}
# https://docs.aws.amazon.com/step-functions/latest/apireference: those that refuse a Distributed Map's ARN
WITHOUT_LABELS = ("DeleteStateMachine", "DescribeStateMachine", "StartExecution", "UpdateStateMachine")
_ARN = re.compile(r"arn:aws[\w-]*:states:[\w-]+:\d{12}:(?P<kind>\w+):(?P<name>.+)", re.DOTALL)


def check_arns(action: str, request: dict[str, Any]) -> None:
    """Raise InvalidArn for an ARN of another service or kind, ValidationException for a labelled one."""
    for field, kinds in ARN_FIELDS.items():
        if request.get(field) is not None:
            name = require_arn(request[field], kinds)
            if field == "stateMachineArn" and action in WITHOUT_LABELS and "/" in name:
                raise ServiceError(
                    "ValidationException",
                    f"{action} does not support labeled state machine ARNs: '{request[field]}'",
                    reason="API_DOES_NOT_SUPPORT_LABELED_ARNS",
                )


def require_arn(arn: str, kinds: tuple[str, ...]) -> str:
    """Return what follows the kind of resource in an ARN; raises InvalidArn."""
    matched = _ARN.fullmatch(arn)
    if matched is None:
        raise ServiceError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    if matched["kind"] not in kinds:
        reason = f"Resource type not valid in this context: {matched['kind']}"
        raise ServiceError("InvalidArn", f"Invalid Arn: '{reason}'")
    return matched["name"]
