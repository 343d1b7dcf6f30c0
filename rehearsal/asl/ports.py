"""What the engine asks of its surroundings: tasks, item readers, result writers, time and identifiers.

The engine owns states, retries, tokens and history; a host owns everything that would be an AWS call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from rehearsal.asl.execution import Execution

Pattern = Literal["request_response", "sync", "sync:2", "callback"]


class StatesError(Exception):
    """A failure under its Step Functions error name; `None` where AWS reports none."""

    def __init__(self, error: str | None, cause: str | None = None) -> None:
        super().__init__(f"{error or 'no error name'}: {cause or ''}")
        self.error = error
        self.cause = cause


class FatalError(StatesError):
    """Ends the execution whatever Retry and Catch say: States.Runtime and an oversized state output."""


@dataclass(frozen=True)
class Integration:
    """A Task's Resource, parsed: `arn:aws:states:::sagemaker:createTrainingJob.sync` and its kin."""

    service: str  # "sagemaker", "lambda", "states"; without the prefix for aws-sdk ("sfn")
    action: str  # "createTrainingJob", as written in the definition
    pattern: Pattern
    is_sdk: bool
    function_arn: str | None = None  # set where a Lambda ARN itself is the Resource
    activity_arn: str | None = None  # set where an activity is: some worker polls for the task

    @property
    def resource_type(self) -> str:
        """`resourceType` of the Task events: `sagemaker`, `aws-sdk:sfn`."""
        return f"aws-sdk:{self.service}" if self.is_sdk else self.service

    @property
    def resource(self) -> str:
        """`resource` of the Task events: the action with its pattern, as `createTrainingJob.sync`."""
        suffixes = {"request_response": "", "callback": ".waitForTaskToken"}
        return self.action + suffixes.get(self.pattern, f".{self.pattern}")


@dataclass(frozen=True)
class TaskCall:
    """One attempt of one Task state, with its Arguments evaluated."""

    integration: Integration
    arguments: Any
    token: str | None  # also in the context object, for callback and .sync alike
    timeout_seconds: float | None
    heartbeat_seconds: float | None
    execution: Execution
    state_name: str


class TaskHost(Protocol):
    """The integrations. Methods run on the engine's loop and may be cancelled at any await."""

    async def call(self, call: TaskCall, submitted: Callable[[Any], None]) -> Any:
        """Run the integration and return its result in Step Functions spelling; raises StatesError.

        For .sync, `submitted(output)` is to be called once the first call returned. For a callback only the
        first call is made and its output returned: the engine awaits the token; for an activity, that output
        is the name of the worker that took the task. On cancellation (timeout, stop) the job or child
        execution is stopped, best effort, before CancelledError propagates.
        """
        ...

    def obstacle(self, integration: Integration) -> str | None:
        """Why a task can't even be scheduled, as for an activity that doesn't exist; None if it can."""
        ...

    async def read_items(
        self, resource: str, arguments: Any, config: dict[str, Any], execution: Execution
    ) -> list[Any]:
        """The items of a Distributed Map's ItemReader; raises StatesError("States.ItemReaderFailed", ...)."""
        ...

    async def write_object(self, bucket: str, key: str, body: str, execution: Execution) -> None:
        """Store one file of a ResultWriter; raises StatesError("States.ResultWriterFailed", ...)."""
        ...


class Clock(Protocol):
    """The only source of time in this package."""

    def time(self) -> float:
        """Seconds since the epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on the event loop's own scale, for deadlines."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of this clock."""
        ...


class Ids(Protocol):
    """The only source of names and chance in this package."""

    def uuid(self) -> str:
        """A version-4 UUID in its usual spelling."""
        ...

    def random(self) -> float:
        """A number in [0, 1)."""
        ...
