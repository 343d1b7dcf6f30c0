"""Running a flow: from state to state, until one of them ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from rehearsal.asl.execution import Position
from rehearsal.asl.fanout import run_map, run_parallel
from rehearsal.asl.program import Flow
from rehearsal.asl.recovery import Departure
from rehearsal.asl.steps import run_choice, run_fail, run_pass, run_wait
from rehearsal.asl.strand import Strand, Visit
from rehearsal.asl.tasks import run_task
from rehearsal.asl.wire import dumps


async def run_flow(
    strand: Strand, flow: Flow, value: Any, text: str | None = None, resume: Position | None = None
) -> tuple[Any, str]:
    """Run a flow and return its output with its text; `resume` is where a redrive goes on."""
    name: str | None = flow.start_at
    if resume is not None:
        name, value, text = resume.state_name, resume.input, None
        strand.scope.assign(resume.variables)
    if text is None:
        text = dumps(value)
    while name is not None:
        await asyncio.sleep(0)  # lets siblings interleave, and a stop interrupt a loop that never waits
        state = flow.states[name]
        is_entered = resume if state.type != "Fail" else None  # a redrive enters a Fail again
        visit = Visit(strand, state, value, text, is_entered)
        value, text, name = await HANDLERS[visit.state.type](visit)
        resume = None
    return value, text


HANDLERS: dict[str, Callable[[Visit], Awaitable[Departure]]] = {
    "Pass": run_pass,
    "Succeed": run_pass,
    "Fail": run_fail,
    "Choice": run_choice,
    "Wait": run_wait,
    "Task": run_task,
    "Parallel": partial(run_parallel, run_flow),
    "Map": partial(run_map, run_flow),
}
