"""Bars of the run's states and jobs over time, as percentages of the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rehearsal.report.record import RunRecord


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row: where it starts and how long it is, in percent, and what to call it."""

    label: str
    depth: int
    kind: str
    left: float
    width: float
    seconds: float
    title: str


@dataclass(frozen=True, kw_only=True)
class Span:
    """A state or a job with absolute times in seconds."""

    label: str
    depth: int
    kind: str
    started: float
    ended: float
    title: str


def bars(record: RunRecord) -> list[Bar]:
    """Task, Map and Parallel states of every execution, each followed by what it started."""
    root = record.executions[0]
    spans = list(_spans(record, root, 0))
    if not spans:
        return []
    start = min(span.started for span in spans)
    whole = max(max(span.ended for span in spans) - start, 0.001)
    return [
        Bar(
            label=span.label,
            depth=span.depth,
            kind=span.kind,
            left=100 * (span.started - start) / whole,
            width=max(100 * (span.ended - span.started) / whole, 0.25),
            seconds=span.ended - span.started,
            title=span.title,
        )
        for span in spans
    ]


def _spans(record: RunRecord, execution: dict[str, Any], depth: int) -> Iterator[Span]:
    children = [child for child in record.executions if child["parent_arn"] == execution["arn"]]
    for name, started, ended in _states(execution["events"]):
        yield Span(
            label=name, depth=depth, kind="state", started=started, ended=ended, title=execution["machine"]
        )
        for job in record.jobs:
            if job.state == name and started <= job.started <= ended:
                yield Span(
                    label=job.name,
                    depth=depth + 1,
                    kind=f"job {job.status.lower()}",
                    started=job.started,
                    ended=job.ended,
                    title=f"{job.kind} on {job.instance}{', spot' if job.is_spot else ''}",
                )
        for child in children:
            if child["parent_state"] == name and started <= _time(child["events"][0]) <= ended:
                yield from _spans(record, child, depth + 1)


def _states(events: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    """(name, entered, left) of the states that take time; one that failed ends with the next state."""
    last = _time(events[-1])
    open_states: dict[str, float] = {}
    for event in events:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            yield from ((name, start, _time(event)) for name, start in open_states.items())
            open_states.clear()
            if kind.startswith(("Task", "Map", "Parallel", "Wait")):
                open_states[event["stateEnteredEventDetails"]["name"]] = _time(event)
        elif kind.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            if name in open_states:
                yield name, open_states.pop(name), _time(event)
    yield from ((name, start, last) for name, start in open_states.items())


def _time(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["timestamp"]).timestamp()
