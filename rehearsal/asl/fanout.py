"""Parallel and inline Map: strands side by side, the first failure ending the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from rehearsal.asl.distributed import run_distributed
from rehearsal.asl.execution import Position
from rehearsal.asl.items import concurrency, item_context, map_items, selected_items
from rehearsal.asl.ports import FatalError, StatesError
from rehearsal.asl.program import Flow
from rehearsal.asl.recovery import Departure, recover
from rehearsal.asl.strand import Strand, Visit

MAX_INLINE_CONCURRENCY = 40
_ABORTABLE = ("Task", "Wait", "Map", "Parallel")


class RunFlow(Protocol):
    """The interpreter, which runs each branch and iteration: it stands above, and hands itself in."""

    async def __call__(
        self, strand: Strand, flow: Flow, value: Any, *, resume: Position | None
    ) -> tuple[Any, str]:
        """Run a flow and return its output with its text; `resume` is where a redrive goes on."""
        ...


async def run_parallel(run_flow: RunFlow, visit: Visit) -> Departure:
    """A Parallel state."""
    return await recover(visit, lambda: _parallel_attempt(run_flow, visit))


async def _parallel_attempt(run_flow: RunFlow, visit: Visit) -> Departure:
    argument = visit.field("Arguments", visit.input)
    visit.chain.add("ParallelStateStarted")
    group = _Group(run_flow, visit)
    for index, flow in enumerate(visit.state.branches):
        group.start(index, flow, argument)
    await group.finish()
    visit.chain.last = max(group.last_ids, default=visit.chain.last)
    visit.chain.pass_by("ParallelStateSucceeded")
    outputs = [visit.part(index).output for index in range(len(visit.state.branches))]
    visit.position.parts.clear()
    return visit.leave(visit.state.exit, outputs, result=outputs)


async def run_map(run_flow: RunFlow, visit: Visit) -> Departure:
    """A Map state, inline or distributed."""
    distribution = visit.state.distribution
    if distribution is not None:
        return await recover(visit, lambda: run_distributed(visit, distribution))
    return await recover(visit, lambda: _inline_attempt(run_flow, visit))


async def _inline_attempt(run_flow: RunFlow, visit: Visit) -> Departure:
    items = map_items(visit)
    limit = concurrency(visit) or MAX_INLINE_CONCURRENCY
    inputs = selected_items(visit, items)
    visit.chain.add("MapStateStarted", {"length": len(inputs)})
    group = _Iterations(run_flow, visit, min(limit, MAX_INLINE_CONCURRENCY))
    await group.run(items, inputs)
    visit.chain.last = max(group.last_ids, default=visit.chain.last)
    visit.chain.pass_by("MapStateSucceeded")
    outputs = [visit.part(index).output for index in range(len(inputs))]
    visit.position.parts.clear()
    return visit.leave(visit.state.exit, outputs, result=outputs)


class _Group:
    """Strands of one visit, run side by side."""

    def __init__(self, run_flow: RunFlow, visit: Visit) -> None:
        self.visit = visit
        self._run_flow = run_flow
        self.last_ids: list[int] = []
        self.strands: dict[int, Strand] = {}
        self._tasks: dict[asyncio.Task[None], int] = {}
        visit.strand.parts = self.strands

    def start(self, index: int, flow: Flow, argument: Any) -> None:
        """Start a strand, unless a redrive finds it done."""
        part = self.visit.part(index)
        if part.is_done:
            return
        strand = self.strands[index] = self.visit.strand.inner(self.visit.chain.fork())
        self._spawn(index, self._run(strand, index, flow, argument))

    def _spawn(self, index: int, body: Coroutine[Any, Any, None]) -> None:
        self._tasks[asyncio.get_running_loop().create_task(body)] = index

    async def _run(self, strand: Strand, index: int, flow: Flow, argument: Any) -> None:
        part = self.visit.part(index)
        resume, part.position = part.position, None
        try:
            part.output, _ = await self._run_flow(strand, flow, argument, resume=resume)
            part.is_done = True
        finally:
            part.position = strand.position
        self.last_ids.append(strand.chain.last)

    async def finish(self) -> None:
        """Wait for all strands; the first failure aborts the others and is raised."""
        try:
            while self._tasks:
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                ended = sorted(done, key=self._tasks.__getitem__)
                succeeded = [self._tasks[task] for task in ended if task.exception() is None]
                for index in succeeded:
                    del self.strands[index]
                failed = next((task for task in ended if task.exception() is not None), None)
                if failed is not None:
                    self._abort(self._tasks[failed], failed.exception())
                    await failed
                for task in ended:
                    del self._tasks[task]
                for _ in succeeded:
                    self.one_ended()
        finally:
            await self._cancel()

    async def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self.visit.strand.parts = {}

    def _abort(self, failed: int, failure: BaseException | None) -> None:
        chain = self.visit.chain
        chain.last = self.strands[failed].chain.last
        for strand in self.strands.values():
            strand.chain.cut()
        if isinstance(failure, FatalError) or not isinstance(failure, StatesError):
            return
        for index in sorted(self.strands):
            if index == failed:
                self.before_abort(index)
            else:
                self.before_abort_of_sibling(index)
            _abort_open_state(self.strands[index], chain.last, is_failed=index == failed)

    def one_ended(self) -> None:
        """A strand ended well."""

    def before_abort(self, failed: int) -> None:
        """Leave an event of the strand that failed."""

    def before_abort_of_sibling(self, index: int) -> None:
        """Leave an event of a strand that is aborted."""


def _abort_open_state(strand: Strand, previous: int, is_failed: bool) -> None:
    """Record that the state a strand stood in won't be left; a fan-out that failed has said so itself."""
    if strand.visit is None:
        return
    state, history = strand.visit.state, strand.chain.history
    for index, part in strand.parts.items():
        if state.type == "Map":
            history.add("MapIterationAborted", previous, {"index": index, "name": state.name})
        _abort_open_state(part, previous, is_failed=False)
    if state.type in (("Task",) if is_failed else _ABORTABLE):
        history.add(f"{state.type}StateAborted", previous)


class _Iterations(_Group):
    """The iterations of an inline Map, no more than the limit at a time."""

    def __init__(self, run_flow: RunFlow, visit: Visit, limit: int) -> None:
        super().__init__(run_flow, visit)
        self._limit = limit
        self._waiting: list[tuple[int, Any]] = []
        self._items: list[Any] = []
        self._last = visit.chain.last

    async def run(self, items: list[Any], inputs: list[Any]) -> None:
        """Run them all; each gets its input and finds its item in the context object."""
        self._items = items
        waiting = [(i, item) for i, item in enumerate(inputs) if not self.visit.part(i).is_done]
        self._waiting = waiting[::-1]
        while self._waiting and len(self.strands) < self._limit:
            self._start_next()
        await self.finish()

    def _start_next(self) -> None:
        index, item = self._waiting.pop()
        self.visit.chain.last = self._last
        chain = self.visit.chain.fork()
        chain.add("MapIterationStarted", self._details(index))
        strand = self.strands[index] = self.visit.strand.inner(chain)
        strand.context = {**strand.context, "Map": item_context(index, self._items[index])}
        self._spawn(index, self._run(strand, index, self.visit.state.branches[0], item))

    async def _run(self, strand: Strand, index: int, flow: Flow, argument: Any) -> None:
        await super()._run(strand, index, flow, argument)
        self._last = strand.chain.last
        self.last_ids[-1] = strand.chain.pass_by("MapIterationSucceeded", self._details(index))

    def one_ended(self) -> None:
        """Start the next one in its place."""
        if self._waiting:
            self._start_next()

    def _details(self, index: int) -> dict[str, Any]:
        return {"index": index, "name": self.visit.state.name}

    def before_abort(self, failed: int) -> None:
        """MapIterationFailed, which the line of events passes by."""
        self.visit.chain.pass_by("MapIterationFailed", self._details(failed))

    def before_abort_of_sibling(self, index: int) -> None:
        """MapIterationAborted."""
        self.visit.chain.pass_by("MapIterationAborted", self._details(index))
