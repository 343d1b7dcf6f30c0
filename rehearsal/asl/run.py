"""What one running execution shares among its strands: clock, chance, host, evaluator, tokens."""

from __future__ import annotations

import asyncio
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
        """A Wait or the delay before a retry, scaled as the engine was told to."""
        await self.engine.pause(self.execution, seconds)

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Let a call go on although its Task is over."""
        self.engine.keep(task)
