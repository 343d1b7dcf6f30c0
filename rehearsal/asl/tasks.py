"""Task states: the call, the wait for a job or a token, their time limits, and the events they leave."""

from __future__ import annotations

import asyncio
from typing import Any

from rehearsal.asl.history import NOT_TRUNCATED
from rehearsal.asl.host import TaskCall
from rehearsal.asl.ports import FatalError, Integration, StatesError
from rehearsal.asl.recovery import Departure, recover
from rehearsal.asl.strand import Visit, size_exceeded
from rehearsal.asl.wire import dumps, is_too_large

MAX_TASK_SECONDS = 99_999_999


async def run_task(visit: Visit) -> Departure:
    """A Task state."""
    return await recover(visit, lambda: attempt_task(visit))


async def attempt_task(visit: Visit) -> Departure:
    """One attempt of a Task state, without its Retry and Catch."""
    integration = visit.state.integration
    assert integration is not None, "a Task state is compiled with its integration"  # noqa: S101
    token = visit.run.tokens.issue() if integration.pattern != "request_response" else None
    if token is not None:
        visit.set_context("Task", {"Token": token})
    try:
        call = TaskCall(
            integration,
            visit.field("Arguments", visit.input),
            token,
            _time_limit(visit, "TimeoutSeconds"),
            _time_limit(visit, "HeartbeatSeconds"),
            visit.run.execution,
            visit.state.name,
        )
        result = await _perform(visit, call)
    finally:
        if token is not None:
            visit.run.tokens.spend(token)
    return visit.leave(visit.state.exit, result, result=result)


def _time_limit(visit: Visit, name: str) -> float | None:
    seconds = visit.typed_field(name, "number")
    if seconds is None:
        return None
    if seconds != int(seconds) or not 0 < seconds <= MAX_TASK_SECONDS:
        reason = f"{name} must be an integer from 1 to {MAX_TASK_SECONDS}, but was {dumps(seconds)}."
        raise visit.out_of_range(visit.state.fields[name], name, reason)
    return int(seconds)


async def _perform(visit: Visit, call: TaskCall) -> Any:
    events = _events_of(call.integration)(visit, call)
    obstacle = visit.run.host.obstacle(call.integration)
    if obstacle is not None:
        raise visit.runtime_error(obstacle)
    events.scheduled()
    await asyncio.sleep(0)
    events.started()
    try:
        result = await _result_in_time(visit, call, events)
        text = dumps(result)
        if is_too_large(text):
            subject = call.integration.function_arn or call.integration.resource_type
            raise StatesError("States.DataLimitExceeded", size_exceeded(subject))
    except FatalError:
        raise
    except StatesError as failure:
        if failure.error == "States.Runtime":
            raise visit.runtime_error(failure.cause or "") from None
        events.failed(failure)
        raise
    events.succeeded(text)
    return result


async def _result_in_time(visit: Visit, call: TaskCall, events: _TaskEvents) -> Any:
    limit = asyncio.timeout(call.timeout_seconds)
    try:
        async with limit:
            return await _result(visit, call, events)
    except TimeoutError:
        if not limit.expired():
            raise
        raise StatesError("States.Timeout", None) from None


async def _result(visit: Visit, call: TaskCall, events: _TaskEvents) -> Any:
    host, tokens = visit.run.host, visit.run.tokens
    if call.token is None:
        return await host.call(call, events.submitted)
    answer = tokens.future(call.token)
    if call.integration.pattern == "callback":
        output = await host.call(call, events.submitted)
        events.submitted(output)
        return answer.result() if answer.done() else await tokens.result(call.token, call.heartbeat_seconds)
    job = asyncio.ensure_future(host.call(call, events.submitted))
    try:
        await asyncio.wait([job, answer], return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        raise
    if not job.done():
        visit.run.keep(job)  # somebody answered for the job: the task is over, the job is not
    return (answer if answer.done() else job).result()


def _events_of(integration: Integration) -> type[_TaskEvents]:
    if integration.activity_arn is not None:
        return _ActivityEvents
    return _FunctionEvents if integration.function_arn is not None else _TaskEvents


class _TaskEvents:
    """The events of an integration; a Lambda ARN as Resource writes others."""

    def __init__(self, visit: Visit, call: TaskCall) -> None:
        self._chain = visit.chain
        self._region = visit.run.region
        self._call = call
        self._was_submitted = False
        integration: Integration = call.integration
        self._details = {"resource": integration.resource, "resourceType": integration.resource_type}

    def scheduled(self) -> None:
        """TaskScheduled."""
        self._chain.add(
            "TaskScheduled",
            {
                "parameters": dumps(self._call.arguments),
                "region": self._region,
                **self._details,
                "timeoutInSeconds": self._call.timeout_seconds,
                "heartbeatInSeconds": self._call.heartbeat_seconds,
            },
        )

    def started(self) -> None:
        """TaskStarted."""
        self._chain.add("TaskStarted", dict(self._details))

    def submitted(self, output: Any) -> None:
        """TaskSubmitted, once."""
        if not self._was_submitted:
            self._was_submitted = True
            details = {"output": dumps(output), "outputDetails": NOT_TRUNCATED, **self._details}
            self._chain.add("TaskSubmitted", details)

    def succeeded(self, text: str) -> None:
        """TaskSucceeded."""
        self._chain.add("TaskSucceeded", {"output": text, "outputDetails": NOT_TRUNCATED, **self._details})

    def failed(self, failure: StatesError) -> None:
        """TaskFailed or TaskTimedOut."""
        event_type = "TaskTimedOut" if failure.error == "States.Timeout" else "TaskFailed"
        self._chain.add(event_type, {"error": failure.error, "cause": failure.cause, **self._details})


class _FunctionEvents(_TaskEvents):
    def scheduled(self) -> None:
        self._chain.add(
            "LambdaFunctionScheduled",
            {
                "input": dumps(self._call.arguments),
                "inputDetails": NOT_TRUNCATED,
                "resource": self._call.integration.function_arn,
                "timeoutInSeconds": self._call.timeout_seconds,
            },
        )

    def started(self) -> None:
        self._chain.add("LambdaFunctionStarted")

    def succeeded(self, text: str) -> None:
        self._chain.add("LambdaFunctionSucceeded", {"output": text, "outputDetails": NOT_TRUNCATED})

    def failed(self, failure: StatesError) -> None:
        event_type = "LambdaFunctionTimedOut" if failure.error == "States.Timeout" else "LambdaFunctionFailed"
        self._chain.add(event_type, {"error": failure.error, "cause": failure.cause})


class _ActivityEvents(_TaskEvents):
    def scheduled(self) -> None:
        self._chain.add(
            "ActivityScheduled",
            {
                "input": dumps(self._call.arguments),
                "inputDetails": NOT_TRUNCATED,
                "resource": self._call.integration.activity_arn,
                "timeoutInSeconds": self._call.timeout_seconds,
                "heartbeatInSeconds": self._call.heartbeat_seconds,
            },
        )

    def started(self) -> None:
        """Nothing yet: a worker has to take the task."""

    def submitted(self, output: Any) -> None:
        if not self._was_submitted:
            self._was_submitted = True
            self._chain.add("ActivityStarted", {"workerName": output})

    def succeeded(self, text: str) -> None:
        self._chain.add("ActivitySucceeded", {"output": text, "outputDetails": NOT_TRUNCATED})

    def failed(self, failure: StatesError) -> None:
        event_type = "ActivityTimedOut" if failure.error == "States.Timeout" else "ActivityFailed"
        self._chain.add(event_type, {"error": failure.error, "cause": failure.cause})
