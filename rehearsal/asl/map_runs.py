"""Map runs: the record of one Distributed Map at work, and when its failures exceed what is tolerated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

MapRunStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]
_OUTCOMES = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}
_COUNTERS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
             "failuresNotRedrivable", "pendingRedrive")  # fmt: skip


def _zero() -> dict[str, int]:
    return dict.fromkeys(_COUNTERS, 0)


@dataclass(frozen=True)
class ChildInput:
    """What one child execution gets, and how many items that is."""

    value: Any
    items: int


@dataclass
class MapRun:
    """One run; dates in seconds since the epoch. Limits may be changed while it runs (UpdateMapRun)."""

    arn: str
    execution_arn: str
    machine_arn: str  # with the label: `...:stateMachine:NAME/LABEL`
    start_date: float
    max_concurrency: int
    tolerated_failure_count: int | None
    tolerated_failure_percentage: float | None
    status: MapRunStatus = "RUNNING"
    stop_date: float | None = None
    redrive_count: int = 0
    redrive_date: float | None = None
    item_counts: dict[str, int] = field(default_factory=_zero)
    execution_counts: dict[str, int] = field(default_factory=_zero)
    child_items: dict[str, int] = field(default_factory=dict)  # items of each child execution, by its ARN
    unstarted: list[ChildInput] = field(default_factory=list)

    def expect(self, executions: int, items: int) -> None:
        """Note how much there is to do."""
        for counts, number in ((self.execution_counts, executions), (self.item_counts, items)):
            counts["total"] += number
            counts["pending"] += number

    def started(self, items: int) -> None:
        """A child execution with that many items started."""
        self._move("pending", "running", items)

    def ended(self, status: str, items: int) -> None:
        """A child execution with that many items ended."""
        self._move("running", _OUTCOMES[status], items)

    def redriven(self, status: str, items: int) -> None:
        """A child execution that ended so is to run again."""
        self._move(_OUTCOMES[status], "pending", items)

    def written(self) -> None:
        """The results of all that ended are exported, or returned."""
        for counts in (self.execution_counts, self.item_counts):
            counts["resultsWritten"] = counts["succeeded"] + counts["failed"] + counts["timedOut"]

    def is_tolerance_exceeded(self) -> bool:
        """Whether more items failed than one of the limits tolerates; without limits none may."""
        counts = self.item_counts
        failed = counts["failed"] + counts["timedOut"]
        count, percentage = self.tolerated_failure_count, self.tolerated_failure_percentage
        if count is None and percentage is None:
            return failed > 0
        if count is not None and failed > count:
            return True
        return percentage is not None and failed * 100 > percentage * counts["total"]

    def _move(self, source: str, target: str, items: int) -> None:
        for counts, number in ((self.execution_counts, 1), (self.item_counts, items)):
            counts[source] -= number
            counts[target] += number
