"""CloudWatch Logs asks some permissions for the stream, where ministack asks for its group."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.emulator import hooks

# By AWS's service authorization reference: the actions whose resource is a log stream.
STREAM_ACTIONS = frozenset({"GetLogEvents", "PutLogEvents", "DeleteLogStream"})


def install() -> None:
    """Name the stream in the ARN that IAM checks."""
    group_arn = hooks.use("core.iam_actions:extract_resource_arn")

    def stream_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any, **named: Any
    ) -> str:
        arn: str = group_arn(service, method, path, headers, body, *rest, **named)
        action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        if service != "logs" or action not in STREAM_ACTIONS:
            return arn
        return f"{arn}:log-stream:{json.loads(body).get('logStreamName', '')}"

    hooks.replace("core.iam_actions:extract_resource_arn", stream_arn)
