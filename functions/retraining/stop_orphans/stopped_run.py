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
    began_at: datetime
    """When it started, or was last redriven."""

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> StoppedRun:
        """Reads the detail of a "Step Functions Execution Status Change"."""
        started_at = _moment(detail["startDate"])
        redriven = detail.get("redriveDate")
        return cls(
            id=str(detail["name"]),
            arn=str(detail["executionArn"]),
            status=str(detail["status"]),
            started_at=started_at,
            began_at=_moment(redriven) if redriven else started_at,
        )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
