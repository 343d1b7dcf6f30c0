"""What the engine asks of its host: tasks, item readers and result writers.

The engine owns states, retries, tokens and history; a host owns everything that would be an AWS call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from rehearsal.asl.execution import Execution
from rehearsal.asl.ports import Integration


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
