"""Follow an execution and everything it starts, and keep what each of them did."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rehearsal.progress import Step, Steps

ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})
POLL_SECONDS = 0.25


@dataclass
class ExecutionRecord:
    """One execution: its machine and definition, its events, and the state of the parent that started it."""

    arn: str
    machine_arn: str
    parent_arn: str | None = None
    parent_state: str | None = None
    status: str = "RUNNING"
    definition: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def machine(self) -> str:
        """The machine's name."""
        return self.machine_arn.rsplit(":", 1)[-1]

    def entered_states(self) -> Iterator[str]:
        """Names of the states entered, in order."""
        for event in self.events:
            if event["type"].endswith("StateEntered"):
                yield event["stateEnteredEventDetails"]["name"]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as ISO text."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=lambda time: time.isoformat()))
        return plain | {"machine": self.machine}


@dataclass(frozen=True)
class Started:
    """What a task of an execution started: another execution, a Distributed Map run, or a job."""

    kind: str
    name: str
    state: str
    execution_arn: str


def started_by(execution: ExecutionRecord) -> Iterator[Started]:
    """Everything the execution's events say it started."""
    states = _state_of_each_event(execution.events)
    for event in execution.events:
        state = states[event["id"]]
        if event["type"] == "MapRunStarted":
            yield Started("map", event["mapRunStartedEventDetails"]["mapRunArn"], state, execution.arn)
        elif event["type"] == "TaskSubmitted":
            details = event["taskSubmittedEventDetails"]
            output = json.loads(details.get("output") or "{}")
            job_arns = [value for key, value in output.items() if key.endswith("JobArn")]
            if "ExecutionArn" in output:
                yield Started("execution", output["ExecutionArn"], state, execution.arn)
            elif job_arns:
                yield Started(details["resource"], job_arns[0], state, execution.arn)


def _state_of_each_event(events: list[dict[str, Any]]) -> dict[int, str]:
    """The state an event belongs to, found through the event before it: branches interleave in the log."""
    states = {0: ""}
    for event in events:
        if event["type"].endswith("StateEntered"):
            states[event["id"]] = event["stateEnteredEventDetails"]["name"]
        else:
            states[event["id"]] = states.get(event.get("previousEventId", 0), "")
    return states


class Follower:
    """Polls the root execution and, as they appear, its descendants."""

    def __init__(self, states: Any, root_arn: str) -> None:
        self._states = states
        self.root = ExecutionRecord(root_arn, self._machine_of(root_arn))
        self.executions: dict[str, ExecutionRecord] = {root_arn: self.root}

    def follow(
        self,
        steps: Steps,
        on_state: Callable[[str], None] = lambda _: None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> ExecutionRecord:
        """Show each state of the root as a step until the root has ended; returns the root.

        `on_state` is called with each state of the root, `meanwhile` after every look at the executions.
        """
        shown = _StateSteps(steps)
        pause = threading.Event()
        while True:
            self.refresh()
            shown.show(self.root, self._deepest(), on_state)
            meanwhile()
            if self.root.status in ENDED:
                shown.close()
                return self.root
            pause.wait(POLL_SECONDS)

    def refresh(self) -> None:
        """Read what is new of every execution that had not ended."""
        for execution in list(self.executions.values()):
            if execution.status not in ENDED:
                self._read(execution)

    def jobs(self) -> list[Started]:
        """Every job started, in order of appearance."""
        found = [started for execution in self.executions.values() for started in started_by(execution)]
        return [started for started in found if started.kind not in ("execution", "map")]

    def _read(self, execution: ExecutionRecord) -> None:
        described = self._states.describe_execution(executionArn=execution.arn)
        described.pop("ResponseMetadata", None)
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=execution.arn)
        execution.events = [event for page in pages for event in page["events"]]
        execution.described, execution.status = described, described["status"]
        if not execution.definition:
            machine = self._states.describe_state_machine_for_execution(executionArn=execution.arn)
            execution.definition = json.loads(machine["definition"])
        for started in started_by(execution):
            for arn in self._children(started):
                if arn not in self.executions:
                    child = ExecutionRecord(arn, self._machine_of(arn), execution.arn, started.state)
                    self.executions[arn] = child
                    self._read(child)

    def _children(self, started: Started) -> list[str]:
        if started.kind == "execution":
            return [started.name]
        if started.kind == "map":
            listed = self._states.list_executions(mapRunArn=started.name)["executions"]
            return [child["executionArn"] for child in listed]
        return []

    def _machine_of(self, execution_arn: str) -> str:
        described = self._states.describe_execution(executionArn=execution_arn)
        return str(described["stateMachineArn"])

    def _deepest(self) -> str:
        running = [e for e in self.executions.values() if e.status not in ENDED and e is not self.root]
        names = [state for execution in running[-1:] for state in execution.entered_states()]
        return names[-1] if names else ""


class _StateSteps:
    """Opens a step when the root enters a state and ends it when it enters the next one."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._shown = 0
        self._note = ""
        self._context: Any = None
        self._step: Step | None = None

    def show(self, root: ExecutionRecord, note: str, on_state: Callable[[str], None]) -> None:
        entered = [
            event["stateEnteredEventDetails"]["name"]
            for event in root.events
            if event["type"] == "TaskStateEntered"
        ]
        for name in entered[self._shown :]:
            self.close()
            self._context = self._steps.step(name)
            self._step = self._context.__enter__()
            on_state(name)
        self._shown = len(entered)
        if self._step and note and note != self._note:
            self._step.note(note)
        self._note = note

    def close(self) -> None:
        if self._context:
            self._context.__exit__(None, None, None)
            self._context = None
