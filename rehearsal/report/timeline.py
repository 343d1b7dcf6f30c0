"""Rows of the run's states and jobs over time, as percentages of the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rehearsal.report.record import Job, RunRecord

SHOWN_KINDS = ("Task", "Map", "Parallel", "Wait")
STEPS_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True)
class Span:
    """From when to when: seconds since the epoch, in a row to draw percent of the run."""

    started: float
    ended: float

    @property
    def length(self) -> float:
        """Its length, in the same unit."""
        return self.ended - self.started


@dataclass
class Row:
    """A state with a span for each visit, or a job with one."""

    label: str
    depth: int
    kind: str
    title: str
    spans: list[Span] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """All its spans together."""
        return sum(span.length for span in self.spans)


@dataclass(frozen=True)
class DrawnRow:
    """A row as the page draws it: its spans in percent of the run."""

    row: Row
    bars: tuple[Span, ...]


@dataclass(frozen=True)
class Timeline:
    """The rows, and the marks of the scale above them: percent of the run, and seconds."""

    rows: tuple[DrawnRow, ...] = ()
    marks: tuple[tuple[float, str], ...] = ()


def timeline(record: RunRecord) -> Timeline:
    """States that take time, in order of first entry, each followed by the jobs and executions it started."""
    rows = list(_rows(record, record.executions[0], 0))
    if not rows:
        return Timeline()
    start = min(span.started for row in rows for span in row.spans)
    whole = max(max(span.ended for row in rows for span in row.spans) - start, 0.001)

    def percent(span: Span) -> Span:
        left, right = 100 * (span.started - start) / whole, 100 * (span.ended - start) / whole
        return replace(span, started=left, ended=max(right, left + 0.25))

    drawn = tuple(DrawnRow(row, tuple(percent(span) for span in row.spans)) for row in rows)
    return Timeline(drawn, tuple(marks(whole)))


def marks(seconds: float) -> Iterator[tuple[float, str]]:
    """Where a scale over so many seconds is marked, in percent, and what stands there; at most ten marks."""
    step = next((step for step in STEPS_SECONDS if seconds / step < 9.5), seconds)
    for number in range(int(seconds / step) + 1):
        yield 100 * number * step / seconds, f"{number * step:g} s"


def _rows(record: RunRecord, execution: dict[str, Any], depth: int) -> Iterator[Row]:
    rows: dict[str, Row] = {}
    for name, span in _visits(execution["events"]):
        rows.setdefault(name, Row(name, depth, "state", execution["machine"])).spans.append(span)
    for name, row in rows.items():
        yield row
        for job in record.jobs:
            if (job.execution_arn, job.state) == (execution["arn"], name):
                yield _job_row(job, depth + 1)
        for child in record.executions:
            if (child["parent_arn"], child["parent_state"]) == (execution["arn"], name):
                yield from _rows(record, child, depth + 1)


def _job_row(job: Job, depth: int) -> Row:
    title = f"{job.kind} on {job.instance}{', spot' if job.is_spot else ''}"
    return Row(job.name, depth, f"job {job.status.lower()}", title, [Span(job.started, job.ended)])


def _visits(events: list[dict[str, Any]]) -> Iterator[tuple[str, Span]]:
    """Every visit of a state that takes time, in order of entry; branches of a Parallel overlap."""
    entered: list[tuple[str, float]] = []
    left: dict[str, list[float]] = {}
    for event in events:
        kind = event["type"]
        if kind.endswith("StateEntered") and kind.startswith(SHOWN_KINDS):
            entered.append((event["stateEnteredEventDetails"]["name"], _time(event)))
        elif kind.endswith("StateExited"):
            left.setdefault(event["stateExitedEventDetails"]["name"], []).append(_time(event))
    for name, started in entered:
        ends = left.get(name) or [_time(events[-1])]
        yield name, Span(started, ends.pop(0) if len(ends) > 1 else ends[0])


def _time(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["timestamp"]).timestamp()
