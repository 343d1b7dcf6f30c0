"""What one running execution shares among its strands: clock, chance, host, evaluator, tokens."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

from rehearsal.asl.execution import Execution

if TYPE_CHECKING:
    from rehearsal.asl.engine import Engine


class Run:
    """An execution while it runs."""

    def __init__(self, engine: Engine, execution: Execution) -> None:
        self.engine = engine
        self.execution = execution
        self.host = engine.host
        self.clock = engine.clock
        self.ids = engine.ids
        self.tokens = engine.tokens
        self.evaluator = engine.evaluator
        self.run_flow = engine.run_flow
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
