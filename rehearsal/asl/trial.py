"""One state tried on its own, as TestState does: for real or with a mocked outcome, and nothing after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, error_output
from rehearsal.asl.history import Chain
from rehearsal.asl.interpreter import HANDLERS
from rehearsal.asl.ports import FatalError, StatesError
from rehearsal.asl.program import State
from rehearsal.asl.recovery import Departure, matches
from rehearsal.asl.run import Run
from rehearsal.asl.strand import Strand, Visit
from rehearsal.asl.tasks import attempt_task
from rehearsal.asl.wire import dumps

LONE_STATE = "StateName"  # what AWS calls the state in its context object, whatever its name
_RETRIED = ("Task", "Parallel", "Map")


@dataclass(frozen=True)
class Mock:
    """What the state's work is to come to: a result, or a failure."""

    result: Any = None
    failure: StatesError | None = None


@dataclass(frozen=True)
class Trial:
    """One state with everything it sees; `context` in place of the context object."""

    state: State
    value: Any
    variables: dict[str, Any]
    context: dict[str, Any] | None
    mock: Mock | None
    retries_made: int  # by the retrier that takes the failure
    failed_items: int  # of a mocked Map


@dataclass
class Verdict:
    """How a trial ended; texts are JSON."""

    status: str = "SUCCEEDED"
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    next_state: str | None = None
    catch_index: int | None = None
    retry_index: int | None = None
    retry_seconds: float | None = None
    arguments: str | None = None
    result: str | None = None
    variables: str | None = None
    limits: dict[str, Any] = field(default_factory=dict)  # of a Map, evaluated


async def try_state(engine: Engine, execution: Execution, context: dict[str, Any], trial: Trial) -> Verdict:
    """Run the state once; a failure is matched with its Retry and Catch, but nothing is tried again."""
    strand = Strand(Run(engine, execution), Chain(execution.history), engine.evaluator.scope(), context)
    strand.scope.assign(trial.variables)
    visit = Visit(strand, trial.state, trial.value, dumps(trial.value), None)
    visit.set_context("State", {**visit.context["State"], "Name": LONE_STATE})
    if trial.state.type in _RETRIED:
        visit.set_retry_count(trial.retries_made)
    if trial.context is not None:
        visit.context = trial.context
    verdict = Verdict()
    try:
        _depart(verdict, await _attempt(visit, trial, verdict))
    except StatesError as failure:
        _recover(visit, trial, failure, verdict)
    if strand.scope.values:
        verdict.variables = dumps(strand.scope.values)
    _read_events(execution, verdict)
    return verdict


async def _attempt(visit: Visit, trial: Trial, verdict: Verdict) -> Departure:
    if trial.mock is None:
        return await (attempt_task if trial.state.type == "Task" else HANDLERS[trial.state.type])(visit)
    if trial.state.type == "Task":
        integration = trial.state.integration
        if integration and integration.pattern != "request_response" and trial.context is None:
            visit.set_context("Task", {"Token": visit.run.ids.uuid()})
        verdict.arguments = dumps(visit.field("Arguments", visit.input))
    if trial.state.type == "Map":
        verdict.limits = _limits(visit)
    if trial.mock.failure is not None:
        raise trial.mock.failure
    if trial.failed_items and _exceeds_tolerance(visit, trial.failed_items, verdict.limits):
        reason = "The specified tolerated failure threshold was exceeded"
        raise StatesError("States.ExceedToleratedFailureThreshold", reason)
    result = trial.mock.result
    if trial.state.type == "Task":
        verdict.result = dumps(result)
    return visit.leave(trial.state.exit, result, result=result)


def _limits(visit: Visit) -> dict[str, Any]:
    percentage = visit.typed_field("ToleratedFailurePercentage", "number")
    return {
        "maxConcurrency": visit.typed_field("MaxConcurrency", "number", 0),
        "toleratedFailureCount": visit.typed_field("ToleratedFailureCount", "number"),
        "toleratedFailurePercentage": None if percentage is None else float(percentage),
    }


def _exceeds_tolerance(visit: Visit, failed_items: int, limits: dict[str, Any]) -> bool:
    """Recorded: without any limit TestState tolerates them all, unlike an execution."""
    count, percentage = limits["toleratedFailureCount"], limits["toleratedFailurePercentage"]
    items = visit.field("Items", visit.input)
    total = len(items) if isinstance(items, list) and items else 1
    return (count is not None and failed_items > count) or (
        percentage is not None and failed_items * 100 > percentage * total
    )


def _depart(verdict: Verdict, departure: Departure) -> None:
    _, verdict.output, verdict.next_state = departure


def _recover(visit: Visit, trial: Trial, failure: StatesError, verdict: Verdict) -> None:
    verdict.status, verdict.error, verdict.cause = "FAILED", failure.error, failure.cause
    if isinstance(failure, FatalError):
        return
    for index, retrier in enumerate(trial.state.retriers):
        if matches(retrier.error_names, failure):
            verdict.retry_index = index
            if trial.retries_made < retrier.max_attempts:
                verdict.status = "RETRIABLE"
                verdict.retry_seconds = retrier.delay_seconds(trial.retries_made, 1.0)
                return
            break
    for index, catcher in enumerate(trial.state.catchers):
        if matches(catcher.error_names, failure):
            output = error_output(failure)
            try:
                _depart(verdict, visit.leave(catcher.exit, output, errorOutput=output))
            except StatesError as second:
                verdict.error, verdict.cause = second.error, second.cause
                return
            verdict.status, verdict.catch_index = "CAUGHT_ERROR", index
            return


def _read_events(execution: Execution, verdict: Verdict) -> None:
    """Arguments and result of a Task that really ran."""
    for event in execution.events:
        for key, details in event.items():
            if event["type"].endswith("Scheduled") and key.endswith("EventDetails"):
                verdict.arguments = details.get("parameters", details.get("input"))
            elif event["type"] in ("TaskSucceeded", "LambdaFunctionSucceeded") and key.endswith("Details"):
                verdict.result = details["output"]
