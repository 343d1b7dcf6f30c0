"""State machines and their executions, as records that the interpreter writes and the service reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from rehearsal.asl.history import History
from rehearsal.asl.ports import StatesError
from rehearsal.asl.program import Flow, compile_flow
from rehearsal.asl.wire import iso_timestamp

MachineType = Literal["STANDARD", "EXPRESS"]
Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


@dataclass(frozen=True)
class Machine:
    """One revision of a state machine; its definition was linted before."""

    arn: str  # without version or alias
    name: str
    role_arn: str
    definition: str
    type: MachineType = "STANDARD"

    @cached_property
    def flow(self) -> Flow:
        """The definition, compiled on first use."""
        return compile_flow(json.loads(self.definition))


@dataclass
class Position:
    """Where a line of control stands, so that a redrive can go on from there."""

    state_name: str
    entered_id: int
    entered_time: str
    input: Any
    variables: dict[str, Any]
    parts: dict[int, Part] = field(default_factory=dict)  # branches or iterations of an unfinished state


@dataclass
class Part:
    """A branch or an iteration: its output once it has one, else where it stopped."""

    is_done: bool = False
    output: Any = None
    position: Position | None = None


@dataclass(eq=False)
class Execution:
    """One execution; dates are seconds since the epoch, input and output JSON text."""

    arn: str
    name: str
    machine: Machine
    input: str
    history: History
    start_date: float
    flow: Flow  # the machine's, or the item processor's of a map run's child
    status: Status = "RUNNING"
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    stop_date: float | None = None
    redrive_count: int = 0
    redrive_date: float | None = None
    redrive_tokens: dict[str, float] = field(default_factory=dict)  # a client's token -> its redrive
    map_run_arn: str | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    position: Position | None = None

    @property
    def role_arn(self) -> str:
        """The role its tasks run under."""
        return self.machine.role_arn

    @property
    def machine_arn(self) -> str:
        """The machine's ARN, without version or alias."""
        return self.machine.arn

    @property
    def machine_name(self) -> str:
        """The machine's name."""
        return self.machine.name

    @property
    def type(self) -> MachineType:
        """STANDARD or EXPRESS."""
        return self.machine.type

    @property
    def events(self) -> list[dict[str, Any]]:
        """The history so far, oldest first."""
        return self.history.events

    @property
    def is_running(self) -> bool:
        """Whether it hasn't ended."""
        return self.status == "RUNNING"

    @property
    def context(self) -> dict[str, Any]:
        """`Execution` and `StateMachine` of the context object."""
        details = {
            "Id": self.arn,
            "Input": json.loads(self.input),
            "StartTime": iso_timestamp(self.start_date),
            "Name": self.name,
            "RoleArn": self.role_arn,
            "RedriveCount": self.redrive_count,
        }
        if self.redrive_date is not None:
            details["RedriveTime"] = iso_timestamp(self.redrive_date)
        return {"Execution": details, "StateMachine": {"Id": self.machine_arn, "Name": self.machine_name}}

    @property
    def redrive_status(self) -> tuple[str, str | None]:
        """`redriveStatus` and `redriveStatusReason` of DescribeExecution."""
        if self.type == "EXPRESS":
            return "NOT_REDRIVABLE", "Express executions cannot be redriven"
        if self.status in ("RUNNING", "SUCCEEDED"):
            return "NOT_REDRIVABLE", f"Execution is {self.status} and cannot be redriven"
        if self.map_run_arn is not None:
            return "REDRIVABLE_BY_MAP_RUN", None
        return "REDRIVABLE", None


class NotRedrivableError(Exception):
    """RedriveExecution on an execution that can't be redriven; the text is the reason."""


def error_output(failure: StatesError) -> dict[str, Any]:
    """`$states.errorOutput`: a timeout has an empty Cause, a failure without a name has null for both."""
    cause = failure.cause
    if cause is None and failure.error is not None:
        cause = ""
    return {"Error": failure.error, "Cause": cause}
