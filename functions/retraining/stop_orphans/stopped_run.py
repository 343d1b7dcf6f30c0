"""The run that an event says was stopped, ran out of time, or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class StoppedRun:
    """What of the event (times in epoch milliseconds) the janitor needs."""

    id: str
    arn: str
    status: str
    started_at: datetime
    attempt: int
    """How often it had been redriven."""

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> StoppedRun:
        """Reads the detail of a "Step Functions Execution Status Change"."""
        return cls(
            id=str(detail["name"]),
            arn=str(detail["executionArn"]),
            status=str(detail["status"]),
            started_at=_moment(detail["startDate"]),
            attempt=int(detail.get("redriveCount") or 0),
        )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


@dataclass(frozen=True, kw_only=True)
class Redriven:
    """A redrive since the event: what began then is not to be taken from the run."""

    at: datetime
    is_running: bool


def redriven_since(stepfunctions: Any, run: StoppedRun) -> Redriven | None:
    """The last redrive of the execution, if there was one since the event."""
    try:
        now = stepfunctions.describe_execution(executionArn=run.arn, includedData="METADATA_ONLY")
    except stepfunctions.exceptions.ExecutionDoesNotExist:
        return None
    if now.get("redriveCount", 0) <= run.attempt:
        return None
    return Redriven(at=now["redriveDate"], is_running=now["status"] == "RUNNING")
