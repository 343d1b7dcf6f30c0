"""What one running execution shares among its strands: clock, chance, host, evaluator, tokens."""

from __future__ import annotations

import asyncio
import math
from typing import Any, Protocol

from rehearsal.asl.execution import Execution
from rehearsal.asl.expressions import Evaluator
from rehearsal.asl.host import TaskHost
from rehearsal.asl.map_runs import MapRun
from rehearsal.asl.ports import Clock, Ids
from rehearsal.asl.program import Flow
from rehearsal.asl.tokens import Tokens


class Executor(Protocol):
    """The engine, as a running execution sees it."""

    host: TaskHost
    clock: Clock
    ids: Ids
    tokens: Tokens
    evaluator: Evaluator
    wait_scale: float
    timers: dict[str, asyncio.TimerHandle]  # of executions with a time limit, by their ARN

    def execution(self, arn: str) -> Execution:
        """An execution by its ARN; raises KeyError."""
        ...

    def tell_step(self, execution: Execution, location: str) -> None:
        """A state, rule, retrier or catcher came into play."""
        ...

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Hold on to a call that outlives its Task."""
        ...

    def expire(self, execution: Execution) -> None:
        """End an execution whose time is over."""
        ...

    def add_map_run(self, execution: Execution, entered_id: int, label: str | None, **limits: Any) -> MapRun:
        """A new map run of that execution's state, entered at that event."""
        ...

    def resumable_map_run(self, execution: Execution, entered_id: int) -> MapRun | None:
        """The failed map run of that state if the execution is redriven, made RUNNING again."""
        ...

    def new_child(
        self, parent: Execution, map_run: MapRun, flow: Flow, value: Any, is_express: bool
    ) -> Execution:
        """A child execution of a map run, not yet running."""
        ...

    async def run_child(self, execution: Execution, is_redrive: bool) -> None:
        """Run a child execution to its end; cancelled, it ends ABORTED."""
        ...


class Run:
    """An execution while it runs."""

    def __init__(self, engine: Executor, execution: Execution) -> None:
        self.engine = engine
        self.execution = execution
        self.host = engine.host
        self.clock = engine.clock
        self.ids = engine.ids
        self.tokens = engine.tokens
        self.evaluator = engine.evaluator
        self.region = execution.arn.split(":")[3]

    async def pause(self, seconds: float) -> None:
        """A Wait or the delay before a retry, scaled; one that outlasts the machine's limit times out."""
        timer, scale = self.engine.timers.get(self.execution.arn), self.engine.wait_scale
        left = math.inf if timer is None else timer.when() - asyncio.get_running_loop().time()
        if scale >= 1 or seconds < left:
            await self.clock.sleep(seconds * scale)
            return
        await self.clock.sleep(left * scale)
        self.engine.expire(self.execution)
        await asyncio.get_running_loop().create_future()  # until the cancellation arrives

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Let a call go on although its Task is over."""
        self.engine.keep(task)
