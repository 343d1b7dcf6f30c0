"""The child executions of a map run, no more than its limit at a time; too many failures stop the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rehearsal.asl.batches import ChildInput
from rehearsal.asl.execution import Execution
from rehearsal.asl.map_runs import MapRun
from rehearsal.asl.strand import Visit

MAX_CONCURRENCY = 10_000


class Children:
    """The children of one map run."""

    def __init__(self, visit: Visit, map_run: MapRun, is_express: bool) -> None:
        self._parent = visit.run.execution
        self._engine = visit.run.engine
        self._flow = visit.state.branches[0]
        self._is_express = is_express
        self._map_run = map_run
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_news = asyncio.Event()
        self._failure: BaseException | None = None

    async def run(self, inputs: list[ChildInput]) -> list[Execution]:
        """Run one for each input; the executions in item order, those never started left out."""
        executions: list[Execution] = []
        waiting = inputs[::-1]

        def start() -> None:
            child = waiting.pop()
            execution = self._engine.new_child(
                self._parent, self._map_run, self._flow, child.value, self._is_express
            )
            executions.append(execution)
            self._map_run.started(child.items)
            self._follow(execution, child.items, is_redrive=False)

        await self._drive(waiting, start)
        return executions

    async def redrive(self) -> list[Execution]:
        """Run again those of an earlier attempt that didn't succeed; all executions in item order."""
        executions = [self._engine.execution(arn) for arn in self._map_run.child_arns]
        waiting = [child for child in reversed(executions) if child.status != "SUCCEEDED"]

        def start() -> None:
            child = waiting.pop()
            self._map_run.redriven(child.status)
            self._follow(child, 1, is_redrive=True)

        await self._drive(waiting, start)
        return executions

    async def _drive(self, waiting: list[ChildInput] | list[Execution], start: Callable[[], None]) -> None:
        try:
            while (waiting or self._tasks) and not self._is_over():
                limit = self._map_run.max_concurrency or MAX_CONCURRENCY
                while waiting and len(self._tasks) < limit:
                    start()
                self._has_news.clear()
                await self._has_news.wait()
            if self._failure is not None:
                raise self._failure
        finally:
            running = list(self._tasks)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _is_over(self) -> bool:
        return self._failure is not None or self._map_run.is_tolerance_exceeded()

    def _follow(self, execution: Execution, items: int, is_redrive: bool) -> None:
        task = asyncio.get_running_loop().create_task(self._engine.run_child(execution, is_redrive))
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, execution, items))

    def _ended(self, task: asyncio.Task[None], execution: Execution, items: int) -> None:
        self._tasks.discard(task)
        self._map_run.ended("ABORTED" if execution.is_running else execution.status, items)
        if not task.cancelled() and task.exception() is not None:
            self._failure = task.exception()
        self._has_news.set()
