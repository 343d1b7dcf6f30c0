"""The child executions of a map run, no more than its limit at a time; too many failures stop the rest."""

from __future__ import annotations

import asyncio
from collections import deque

from rehearsal.asl.execution import Execution
from rehearsal.asl.map_runs import ChildInput, MapRun
from rehearsal.asl.ports import StatesError
from rehearsal.asl.strand import Visit, size_exceeded
from rehearsal.asl.wire import dumps, is_too_large

MAX_CONCURRENCY = 10_000


class Children:
    """The children of one map run."""

    def __init__(self, visit: Visit, map_run: MapRun, is_express: bool) -> None:
        self._parent = visit.run.execution
        self._engine = visit.run.engine
        self._flow = visit.state.branches[0]
        self._state_name = visit.state.name
        self._is_express = is_express
        self._map_run = map_run
        self._tasks: dict[asyncio.Task[None], None] = {}  # in order, so that a seed repeats
        self._has_news = asyncio.Event()
        self._failure: BaseException | None = None

    async def run(self, inputs: list[ChildInput]) -> list[Execution]:
        """Run one for each input; the executions in item order, those never started left out."""
        self._map_run.unstarted = list(inputs)
        await self._drive([])
        return self._executions()

    async def redrive(self) -> list[Execution]:
        """Run again those of an earlier attempt that didn't succeed, then those never started."""
        failed = [child for child in self._executions() if child.status != "SUCCEEDED"]
        for child in failed:
            self._map_run.redriven(child.status, self._map_run.child_items[child.arn])
        await self._drive(failed)
        return self._executions()

    def _executions(self) -> list[Execution]:
        return [self._engine.execution(arn) for arn in self._map_run.child_items]

    async def _drive(self, failed: list[Execution]) -> None:
        again, fresh = deque(failed), deque(self._map_run.unstarted)
        try:
            while (again or fresh or self._tasks) and not self._is_over():
                limit = self._map_run.max_concurrency or MAX_CONCURRENCY
                while (again or fresh) and len(self._tasks) < limit:
                    if again:
                        self._follow(again.popleft(), is_redrive=True)
                    else:
                        self._follow(self._new(fresh.popleft()), is_redrive=False)
                self._has_news.clear()
                await self._has_news.wait()
            if self._failure is not None:
                raise self._failure
        finally:
            self._map_run.unstarted = list(fresh)
            running = list(self._tasks)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _new(self, child: ChildInput) -> Execution:
        if is_too_large(dumps(child.value)):
            raise StatesError("States.DataLimitExceeded", size_exceeded(self._state_name))
        execution = self._engine.new_child(
            self._parent, self._map_run, self._flow, child.value, self._is_express
        )
        self._map_run.child_items[execution.arn] = child.items
        return execution

    def _is_over(self) -> bool:
        return self._failure is not None or self._map_run.is_tolerance_exceeded()

    def _follow(self, execution: Execution, is_redrive: bool) -> None:
        items = self._map_run.child_items[execution.arn]
        self._map_run.started(items)
        task = asyncio.get_running_loop().create_task(self._engine.run_child(execution, is_redrive))
        self._tasks[task] = None
        task.add_done_callback(lambda ended: self._ended(ended, execution, items))

    def _ended(self, task: asyncio.Task[None], execution: Execution, items: int) -> None:
        self._tasks.pop(task, None)
        self._map_run.ended("ABORTED" if execution.is_running else execution.status, items)
        if not task.cancelled() and task.exception() is not None:
            self._failure = task.exception()
        self._has_news.set()
