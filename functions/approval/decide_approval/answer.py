"""Gives the waiting run its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contracts.failures import ApprovalExpired

GONE = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


def answer_run(stepfunctions: Any, token: str, taken: Mapping[str, Any]) -> None:
    """Ends the run's wait, a rejection too: to reject is an answer, not an error of the task.

    Raises ApprovalExpired when the run waits no more.
    """
    try:
        stepfunctions.send_task_success(taskToken=token, output=json.dumps(dict(taken)))
    except stepfunctions.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            raise ApprovalExpired("the run waits for this decision no more: start a new run") from None
        raise
