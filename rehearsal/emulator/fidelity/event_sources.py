"""A queue feeds a function only if the function's role may take its messages, and open encrypted ones."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.embedded import EmbeddedPlatform
from rehearsal.emulator.fidelity import message_keys

PRINCIPAL = "lambda.amazonaws.com"
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
NEEDED = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def install(platform: EmbeddedPlatform) -> None:
    """Ask the role when the mapping is made; ministack's poller asks nobody."""
    create = hooks.use("services.lambda_svc:_create_esm")

    def create_if_role_may(data: dict[str, Any]) -> Any:
        refused = _refusal(platform, data) if hooks.use("app:AUTH") else None
        if refused is None:
            return create(data)
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "InvalidParameterValueException"}
        return 400, headers, json.dumps({"Type": "User", "message": refused}).encode()

    hooks.replace("services.lambda_svc:_create_esm", create_if_role_may)


def _refusal(platform: EmbeddedPlatform, mapping: dict[str, Any]) -> str | None:
    queue_arn, name = str(mapping.get("EventSourceArn", "")), str(mapping.get("FunctionName", ""))
    # A name, a partial ARN or a whole one, each with or without a version.
    name = name.partition(":function:")[2] or name
    function = hooks.use("services.lambda_svc:_functions").get(name.partition(":")[0])
    if ":sqs:" not in queue_arn or function is None:
        return None
    role_arn = function["config"]["Role"]
    for action in NEEDED:
        if platform.is_allowed(role_arn, PRINCIPAL, f"sqs:{action}", queue_arn):
            return f"The function execution role does not have permissions to call {action} on SQS"
    # AWS accepts the mapping, and then no message arrives.
    opening = message_keys.RECEIVING
    refused = message_keys.role_refusal(platform.sessions, (role_arn, PRINCIPAL), queue_arn, opening)
    return (
        f"The function execution role can't open the queue's messages: {refused.message}" if refused else None
    )
