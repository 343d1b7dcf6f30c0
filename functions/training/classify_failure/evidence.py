"""Reads what Step Functions hands over when a job ends badly: JSON, or what a cut left of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# Step Functions writes times as milliseconds since the epoch, SageMaker's own answers as seconds.
MILLISECONDS_FROM = 1e11


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known about a job's end; empty or zero where nothing is. Times are epoch seconds."""

    job_name: str = ""
    status: str = ""
    secondary_status: str = ""
    reason: str = ""
    billable_seconds: int = 0
    training_seconds: int = 0
    interruptions: int = 0
    ended_at: float | None = None


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
        billable_seconds=_seconds(document, "BillableTimeInSeconds"),
        training_seconds=_seconds(document, "TrainingTimeInSeconds"),
        interruptions=_interruptions(document.get("SecondaryStatusTransitions")),
        ended_at=_moment(document.get("TrainingEndTime")),
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _seconds(document: Mapping[str, Any], name: str) -> int:
    value = document.get(name)
    return int(value) if isinstance(value, int | float) else 0


def _interruptions(transitions: Any) -> int:
    entries = transitions if isinstance(transitions, list) else []
    return sum(isinstance(entry, dict) and entry.get("Status") == "Interrupted" for entry in entries)


def _moment(value: Any) -> float | None:
    if isinstance(value, int | float):
        return value / 1000 if value >= MILLISECONDS_FROM else float(value)
    try:
        return datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        return None


def _read_cut(cause: str) -> Evidence:
    if not cause.lstrip().startswith("{"):
        return Evidence(reason=cause)
    return Evidence(
        job_name=_cut_text(cause, "TrainingJobName"),
        status=_cut_text(cause, "TrainingJobStatus"),
        secondary_status=_cut_text(cause, "SecondaryStatus"),
        reason=_cut_text(cause, "FailureReason"),
        billable_seconds=_cut_number(cause, "BillableTimeInSeconds"),
        training_seconds=_cut_number(cause, "TrainingTimeInSeconds"),
        interruptions=len(re.findall(r'"Status"\s*:\s*"Interrupted"', cause)),
        ended_at=_moment(_cut_number(cause, "TrainingEndTime") or None),
    )


def _cut_number(cause: str, name: str) -> int:
    found = re.search(rf'"{name}"\s*:\s*(\d+)', cause)
    return int(found.group(1)) if found else 0


def _cut_text(cause: str, name: str) -> str:
    """The string field of that name; what came before the cut when it was inside the value."""
    found = re.search(rf'"{name}"\s*:\s*"((?:[^"\\]|\\.)*)', cause)
    if found is None:
        return ""
    try:
        return str(json.loads(f'"{found.group(1)}"'))
    except ValueError:
        return found.group(1)
