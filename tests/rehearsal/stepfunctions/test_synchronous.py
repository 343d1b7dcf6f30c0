"""A task that ends while its job or child is being created leaves neither behind."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.asl.ports import StatesError
from rehearsal.stepfunctions.synchronous import JobRuns, NestedRuns

CALLER: Any = SimpleNamespace(machine_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:m")


# The cause of a child's abort, as recorded.
ABORTED = (
    "The Task state in AWS Step Functions execution [parent] which was managing this resource was aborted"
)


class Service:
    """Creates once it is let, or refuses to, and remembers what it was asked."""

    def __init__(self, *, is_refused: bool) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.is_creating, self.may_create = asyncio.Event(), asyncio.Event()
        self._is_refused = is_refused

    async def run(self, _call: Any, _service: str, action: str, arguments: Any, *_: Any, **__: Any) -> Any:
        """Stand for the pool of threads."""
        self.calls.append((action, arguments))
        if action.startswith(("start", "create")):
            self.is_creating.set()
            await self.may_create.wait()
            if self._is_refused:
                raise StatesError("Refused", None)
        return {"ExecutionArn": "child"}


def integration(action: str, pattern: str) -> Any:
    return SimpleNamespace(action=action, pattern=pattern)


@pytest.mark.parametrize("is_refused", [False, True])
@pytest.mark.parametrize(
    ("kind", "task", "stopped"),
    [
        (
            NestedRuns,
            SimpleNamespace(
                integration=integration("startExecution", "sync:2"),
                arguments={},
                execution=SimpleNamespace(arn="parent"),
            ),
            ("stopExecution", {"ExecutionArn": "child", "Cause": ABORTED}),
        ),
        (
            JobRuns,
            SimpleNamespace(
                integration=integration("createTrainingJob", "sync"),
                arguments={"TrainingJobName": "job"},
                execution=SimpleNamespace(arn="arn"),
            ),
            ("stopTrainingJob", {"TrainingJobName": "job"}),
        ),
    ],
)
def test_what_is_being_created_when_the_task_ends_is_stopped(
    kind: Any, task: Any, stopped: tuple[str, Any], is_refused: bool
) -> None:
    service = Service(is_refused=is_refused)
    calls = SimpleNamespace(call=None, require=lambda *_: None)

    async def main() -> None:
        running = asyncio.ensure_future(kind(calls, None, service.run).run(task, CALLER, lambda _: None))
        await service.is_creating.wait()
        running.cancel()
        service.may_create.set()
        await asyncio.wait([running])
        assert running.cancelled()

    asyncio.run(main())
    assert service.calls[1:] == ([] if is_refused else [stopped])
