"""Distributed Map: a map run whose items run as executions of their own, within the tolerated failures."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.batches import child_inputs
from rehearsal.asl.children import Children
from rehearsal.asl.execution import Execution
from rehearsal.asl.items import STATE_DATA, concurrency, map_items, selected_items
from rehearsal.asl.map_runs import MapRun
from rehearsal.asl.ports import FatalError, StatesError
from rehearsal.asl.program import Distribution
from rehearsal.asl.reading import Reading
from rehearsal.asl.recovery import Departure
from rehearsal.asl.results import collect
from rehearsal.asl.strand import Visit, size_exceeded
from rehearsal.asl.wire import dumps, is_too_large


async def run_distributed(visit: Visit, distribution: Distribution) -> Departure:
    """One attempt at a Distributed Map."""
    resumed = visit.run.engine.resumable_map_run(visit.run.execution, visit.position.entered_id)
    if resumed is not None:
        return await _redrive(visit, distribution, resumed)
    items = [] if distribution.reader else map_items(visit)
    limit = concurrency(visit)
    visit.chain.add("MapStateStarted", {"length": len(items)})
    reading = Reading(visit, distribution.reader) if distribution.reader else None
    map_run = _start_map_run(visit, distribution, limit)
    started = visit.chain.add("MapRunStarted", {"mapRunArn": map_run.arn})
    try:
        if reading is not None:
            items = await reading.items()
        source = reading.source if reading is not None else STATE_DATA
        inputs = child_inputs(visit, distribution, selected_items(visit, items, source))
        map_run.expect(len(inputs), sum(child.items for child in inputs))
        children = await Children(visit, map_run, distribution.is_express).run(inputs)
        result = await _finish(visit, distribution, map_run, children)
    except BaseException as failure:
        _end_in_failure(visit, map_run, failure)
        raise
    return _leave(visit, started, result)


async def _redrive(visit: Visit, distribution: Distribution, map_run: MapRun) -> Departure:
    started = visit.chain.add(
        "MapRunRedriven", {"mapRunArn": map_run.arn, "redriveCount": map_run.redrive_count}
    )
    try:
        children = await Children(visit, map_run, distribution.is_express).redrive()
        result = await _finish(visit, distribution, map_run, children)
    except BaseException as failure:
        _end_in_failure(visit, map_run, failure)
        raise
    return _leave(visit, started, result)


def _leave(visit: Visit, started: int, result: Any) -> Departure:
    visit.chain.last = visit.chain.pass_by("MapRunSucceeded")
    visit.chain.pass_by("MapStateSucceeded")
    visit.chain.last = started  # AWS lets the line go on from MapRunStarted
    return visit.leave(visit.state.exit, result, result=result)


async def _finish(
    visit: Visit, distribution: Distribution, map_run: MapRun, children: list[Execution]
) -> Any:
    if map_run.is_tolerance_exceeded():
        raise StatesError(
            "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
        )
    result = await collect(visit, distribution.writer, map_run, children)
    if is_too_large(dumps(result)):
        raise StatesError("States.DataLimitExceeded", size_exceeded(visit.state.name))
    _end(visit, map_run, "SUCCEEDED")
    return result


def _end(visit: Visit, map_run: MapRun, status: Any) -> None:
    map_run.status = status
    map_run.stop_date = visit.run.clock.time()


def _end_in_failure(visit: Visit, map_run: MapRun, failure: BaseException) -> None:
    if map_run.status != "RUNNING":
        return
    if isinstance(failure, StatesError):
        _end(visit, map_run, "FAILED")
        if not isinstance(failure, FatalError):
            visit.chain.add("MapRunFailed", {"error": failure.error, "cause": failure.cause})
    else:
        _end(visit, map_run, "ABORTED")


def _start_map_run(visit: Visit, distribution: Distribution, limit: int) -> MapRun:
    count = visit.typed_field("ToleratedFailureCount", "number")
    percentage = visit.typed_field("ToleratedFailurePercentage", "number")
    if count is not None and count != int(count):
        reason = f"ToleratedFailureCount must be an integer, but was {dumps(count)}."
        raise _refused(visit, "ToleratedFailureCount", reason)
    if count is not None and count < 0:
        raise _refused(visit, "ToleratedFailureCount", "ToleratedFailureCount cannot be negative.")
    if percentage is not None and not 0 <= percentage <= 100:
        reason = "ToleratedFailurePercentage must be between 0 and 100."
        raise _refused(visit, "ToleratedFailurePercentage", reason)
    return visit.run.engine.add_map_run(
        visit.run.execution,
        visit.position.entered_id,
        distribution.label,
        max_concurrency=limit,
        tolerated_failure_count=None if count is None else int(count),
        tolerated_failure_percentage=percentage,
    )


def _refused(visit: Visit, name: str, reason: str) -> StatesError:
    return visit.out_of_range(visit.state.fields[name], name, reason)
