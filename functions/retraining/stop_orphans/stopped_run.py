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


def redriven_at(stepfunctions: Any, run: StoppedRun) -> datetime | None:
    """When the execution was redriven since the event: what began then is not to be taken from it."""
    try:
        now = stepfunctions.describe_execution(executionArn=run.arn, includedData="METADATA_ONLY")
    except stepfunctions.exceptions.ExecutionDoesNotExist:
        return None
    return now["redriveDate"] if now.get("redriveCount", 0) > run.attempt else None
