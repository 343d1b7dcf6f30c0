"""The run that an event says was stopped, ran out of time, failed, or went well after it was redriven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class StoppedRun:
    """What of the event (times in epoch milliseconds) the janitor needs.

    All that a run makes says which attempt made it, so that no clock is asked whose it is.
    """

    id: str
    arn: str
    status: str
    started_at: datetime
    attempt: int
    """The last attempt (how often it had been redriven) that is over and whose things may go."""

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> StoppedRun:
        """Reads the detail of a "Step Functions Execution Status Change"."""
        status, redrives = str(detail["status"]), int(detail.get("redriveCount") or 0)
        return cls(
            id=str(detail["name"]),
            arn=str(detail["executionArn"]),
            status=status,
            started_at=_moment(detail["startDate"]),
            attempt=redrives - 1 if status == "SUCCEEDED" else redrives,  # what the last one made is in use
        )

    def covers(self, run_arn: str | None, attempt: str | int | None) -> bool:
        """Whether something that says so was made by the run in an attempt that is over."""
        return run_arn == self.arn and int(attempt or 0) <= self.attempt


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def status_since_redriven(stepfunctions: Any, run: StoppedRun) -> str | None:
    """What became of the attempt after those that are over; None without one."""
    try:
        now = stepfunctions.describe_execution(executionArn=run.arn, includedData="METADATA_ONLY")
    except stepfunctions.exceptions.ExecutionDoesNotExist:  # it is over for 90 days
        return run.status if run.status == "SUCCEEDED" else None
    return str(now["status"]) if now.get("redriveCount", 0) > run.attempt else None
