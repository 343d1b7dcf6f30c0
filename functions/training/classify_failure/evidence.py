"""Reads what Step Functions hands over when a job ends badly: JSON, or what a cut left of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known about a job's end; empty strings and zero where nothing is."""

    job_name: str = ""
    status: str = ""
    secondary_status: str = ""
    reason: str = ""
    billable_seconds: int = 0


def read_cause(cause: str) -> Evidence:
    """The evidence in a Cause: a job's description as JSON, however much of it is there, or free text.

    Step Functions cuts causes at 32,768 characters, so fields are looked for one by one if it is no JSON.
    """
    try:
        document: Any = json.loads(cause)
    except ValueError:
        return _read_cut(cause)
    if not isinstance(document, dict):
        return Evidence(reason=cause)
    return Evidence(
        job_name=_text(document, "TrainingJobName"),
        status=_text(document, "TrainingJobStatus"),
        secondary_status=_text(document, "SecondaryStatus"),
        reason=_text(document, "FailureReason") or _text(document, "errorMessage"),
        billable_seconds=int(document.get("BillableTimeInSeconds") or 0),
    )


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _read_cut(cause: str) -> Evidence:
    if not cause.lstrip().startswith("{"):
        return Evidence(reason=cause)
    seconds = re.search(r'"BillableTimeInSeconds"\s*:\s*(\d+)', cause)
    return Evidence(
        job_name=_cut_text(cause, "TrainingJobName"),
        status=_cut_text(cause, "TrainingJobStatus"),
        secondary_status=_cut_text(cause, "SecondaryStatus"),
        reason=_cut_text(cause, "FailureReason"),
        billable_seconds=int(seconds.group(1)) if seconds else 0,
    )


def _cut_text(cause: str, name: str) -> str:
    """The string field of that name; what came before the cut when it was inside the value."""
    found = re.search(rf'"{name}"\s*:\s*"((?:[^"\\]|\\.)*)', cause)
    if found is None:
        return ""
    try:
        return str(json.loads(f'"{found.group(1)}"'))
    except ValueError:
        return found.group(1)
