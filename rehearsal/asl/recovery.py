"""Retry and Catch: which error names match which, how long to wait, and where a caught failure goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from rehearsal.asl.execution import error_output
from rehearsal.asl.expressions import QueryError
from rehearsal.asl.ports import FatalError, StatesError
from rehearsal.asl.program import Retrier
from rehearsal.asl.strand import Visit
from rehearsal.asl.tokens import HeartbeatMissedError

Departure = tuple[Any, str, str | None]  # output, its text, next state
_FAN_OUTS = ("Parallel", "Map")


def matches(names: Sequence[str], failure: StatesError) -> bool:
    """Whether a Retry or Catch entry with these names takes the failure.

    States.TaskFailed stands for every error but a timeout. A missed heartbeat also goes by its own name.
    """
    if failure.error in names:
        return True
    if isinstance(failure, HeartbeatMissedError) and "States.HeartbeatTimeout" in names:
        return True
    return "States.ALL" in names or ("States.TaskFailed" in names and failure.error != "States.Timeout")


async def recover(visit: Visit, attempt: Callable[[], Awaitable[Departure]]) -> Departure:
    """Run an attempt under the state's Retry and Catch."""
    retries: dict[int, int] = {}
    while True:
        visit.set_retry_count(sum(retries.values()))
        try:
            return await attempt()
        except FatalError:
            raise
        except StatesError as failure:
            delay = _delay_before_retry(visit, failure, retries)
            if delay is None:
                return _catch(visit, failure)
            await visit.run.pause(delay)
            visit.position.parts.clear()  # a retry runs every branch and item again


def _delay_before_retry(visit: Visit, failure: StatesError, retries: dict[int, int]) -> float | None:
    retrier: Retrier
    for index, retrier in enumerate(visit.state.retriers):
        if matches(retrier.error_names, failure):
            made = retries.get(index, 0)
            if made >= retrier.max_attempts:
                return None
            retries[index] = made + 1
            visit.step(f"/Retry[{index}]")
            return retrier.delay_seconds(made, visit.run.ids.random() if retrier.has_full_jitter else 0.0)
    return None


def _catch(visit: Visit, failure: StatesError) -> Departure:
    visit.before_failed = visit.chain.last
    _record_failed(visit)
    catchers = enumerate(visit.state.catchers)
    index, catcher = next((found for found in catchers if matches(found[1].error_names, failure)), (0, None))
    if catcher is None:
        raise failure
    visit.step(f"/Catch[{index}]")
    output = error_output(failure)
    try:
        return visit.leave(catcher.exit, output, errorOutput=output)
    except QueryError:
        _record_failed(visit)
        raise


def _record_failed(visit: Visit) -> None:
    if visit.state.type in _FAN_OUTS:
        visit.chain.add(f"{visit.state.type}StateFailed")
