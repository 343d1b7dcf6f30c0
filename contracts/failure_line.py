"""How a failure crosses a process boundary: one line of JSON in a file, a log or the Cause of a state, found
again in whatever that text was wrapped in, wherever it was cut off."""

from __future__ import annotations

import json
import re
from typing import Any

from contracts.failures import FAILURES, Failure, UnknownFailure

# SageMaker keeps 1,024 characters of a failure reason, its own prefix and ", exit code: N" included.
FAILURE_LINE_CHARACTERS = 960


def failure_line(error: BaseException) -> str:
    """One line of JSON (at most 960 characters) for `/opt/ml/output/failure` and the Cause of a Fail state.

    A foreign exception is written as UnknownFailure with its class in the message.
    """
    if isinstance(error, Failure):
        name, message = type(error).__name__, error.message
    else:
        name, message = UnknownFailure.__name__, f"{type(error).__name__}: {error}"
    line = json.dumps({"error": name, "message": message})
    while len(line) > FAILURE_LINE_CHARACTERS:
        # An escaped character takes up to six, so this never cuts more than it must.
        message = message[: -max(1, (len(line) - FAILURE_LINE_CHARACTERS) // 6)]
        line = json.dumps({"error": name, "message": message + "…"})
    return line


_LINE = re.compile(r'\{\s*"error"\s*:\s*"(\w+)"')
_MESSAGE = re.compile(r'"message"\s*:\s*("(?:[^"\\]|\\.)*)')


def parse_failure(text: str) -> Failure | None:
    """The failure written in a text, whatever stands around it and wherever it was cut off; None without one.

    A name outside the vocabulary comes back as UnknownFailure that quotes it.
    """
    start = _LINE.search(text)
    if start is None:
        return None
    name, message = start.group(1), _message_after(text, start.start())
    if name in FAILURES:
        return FAILURES[name](message)
    return UnknownFailure(f"{name}: {message}")


def failure_of_job(cause: str) -> Failure | None:
    """What the container of a failed job wrote, out of the job's description as the Cause of a `.sync` state
    holds it, whole or cut off: training has it in FailureReason, processing in ExitMessage alone."""
    return parse_failure(cause) or parse_failure(cause.replace('\\"', '"').replace("\\\\", "\\"))


def _message_after(text: str, start: int) -> str:
    try:
        document: Any = json.JSONDecoder().raw_decode(text, start)[0]
        return str(document.get("message", ""))
    except ValueError:
        cut = _MESSAGE.search(text, start)
    raw = cut.group(1) if cut else '"'
    # The cut may have split an escape sequence, which is at most six characters long.
    for end in range(len(raw), max(0, len(raw) - 6), -1):
        try:
            return str(json.loads(raw[:end] + '"', strict=False))
        except ValueError:
            continue
    return ""
