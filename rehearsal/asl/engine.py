"""The engine: executions started, stopped, redriven and awaited, with their map runs and task tokens.

Everything here is to be called on the event loop that runs the executions; another thread goes through
`asyncio.run_coroutine_threadsafe` or `loop.call_soon_threadsafe`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from rehearsal.asl.execution import Execution, Machine, MachineType, NotRedrivableError, Position, Status
from rehearsal.asl.expressions import Evaluator
from rehearsal.asl.history import NOT_TRUNCATED, Chain, History, HistoryFullError
from rehearsal.asl.host import TaskHost
from rehearsal.asl.interpreter import run_flow
from rehearsal.asl.map_runs import MapRun
from rehearsal.asl.ports import Clock, Ids, StatesError
from rehearsal.asl.program import Flow
from rehearsal.asl.run import Run
from rehearsal.asl.strand import Strand
from rehearsal.asl.tokens import Tokens
from rehearsal.asl.wire import dumps

EXPRESS_SECONDS = 300  # no Express execution lives longer
_log = logging.getLogger(__name__)


class Engine:
    """Runs executions; `wait_scale` stretches or shrinks Waits and retry delays, but no other time."""

    def __init__(self, host: TaskHost, clock: Clock, ids: Ids, *, wait_scale: float = 1.0) -> None:
        self.host = host
        self.clock = clock
        self.ids = ids
        self.wait_scale = wait_scale
        self.tokens = Tokens(clock, ids)
        self.evaluator = Evaluator(clock, ids)
        self.executions: dict[str, Execution] = {}
        self.map_runs: dict[str, MapRun] = {}
        self.on_status: list[Callable[[Execution], None]] = []  # called at the start and at the end
        self.on_step: list[Callable[[Execution, str], None]] = []  # with the place in the definition
        self._map_run_states: dict[str, int] = {}
        self._ends: dict[str, asyncio.Future[None]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.timers: dict[str, asyncio.TimerHandle] = {}
        self._kept: set[asyncio.Future[Any]] = set()

    def execution(self, arn: str) -> Execution:
        """An execution by its ARN; raises KeyError."""
        return self.executions[arn]

    def start(
        self,
        machine: Machine,
        name: str,
        input_text: str,
        *,
        version_arn: str | None = None,
        alias_arn: str | None = None,
    ) -> Execution:
        """Start an execution and return it at once. Name and input were checked by the caller."""
        execution = self._new(machine, machine.flow, name, input_text)
        execution.version_arn, execution.alias_arn = version_arn, alias_arn
        self._begin(execution)
        self._spawn(execution, self._execute(execution, None))
        return execution

    def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> Execution:
        """StopExecution: ends ABORTED at once, and children and jobs are stopped; raises KeyError."""
        execution = self.executions[arn]
        if execution.is_running:
            self._end(execution, "ABORTED", StatesError(error, cause), previous=0)
            self._cancel(arn)
        return execution

    def redrive(self, arn: str) -> Execution:
        """RedriveExecution: go on from the states that failed; raises KeyError, NotRedrivableError."""
        execution = self.executions[arn]
        status, reason = execution.redrive_status
        if status != "REDRIVABLE":
            raise NotRedrivableError(reason or "The execution can only be redriven with its map run.")
        stopped = self._tasks.get(arn)  # it may still be busy stopping its jobs
        self._rewind(execution)
        self._spawn(execution, self._go_on(execution, stopped))
        return execution

    async def wait(self, arn: str) -> Execution:
        """Wait until an execution has ended; raises KeyError."""
        execution = self.executions[arn]
        if execution.is_running:
            await asyncio.shield(self._ends[arn])
        return execution

    async def run(self, machine: Machine, name: str, input_text: str) -> Execution:
        """Start an execution and wait for its end."""
        return await self.wait(self.start(machine, name, input_text).arn)

    def map_runs_of(self, execution_arn: str) -> list[MapRun]:
        """The map runs that an execution started, oldest first."""
        return [map_run for map_run in self.map_runs.values() if map_run.execution_arn == execution_arn]

    async def close(self) -> None:
        """Stop whatever runs and wait until it has."""
        tasks = [*self._tasks.values(), *self._kept]
        for arn in list(self._tasks):
            self.stop(arn)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # What running executions call.

    def tell_step(self, execution: Execution, location: str) -> None:
        """A state, rule, retrier or catcher came into play."""
        for listener in self.on_step:
            listener(execution, location)

    def keep(self, task: asyncio.Future[Any]) -> None:
        """Hold on to a call that outlives its Task."""
        self._kept.add(task)
        task.add_done_callback(self._drop)

    def _drop(self, task: asyncio.Future[Any]) -> None:
        self._kept.discard(task)
        if not task.cancelled():
            task.exception()  # nobody is interested in how it ended, and asyncio shouldn't warn of it

    def add_map_run(self, execution: Execution, entered_id: int, label: str | None, **limits: Any) -> MapRun:
        """A new map run of that execution's state, entered at that event."""
        parent, label = execution.machine_arn, label or self.ids.uuid()
        name = parent.rsplit(":", 1)[1]
        arn = f"{parent.replace(':stateMachine:', ':mapRun:')}/{label}:{self.ids.uuid()}"
        machine_arn = f"{parent.rsplit(':', 1)[0]}:{name}/{label}"
        map_run = MapRun(arn, execution.arn, machine_arn, self.clock.time(), **limits)
        self.map_runs[arn] = map_run
        self._map_run_states[arn] = entered_id
        return map_run

    def resumable_map_run(self, execution: Execution, entered_id: int) -> MapRun | None:
        """The failed map run of that state if the execution is redriven, made RUNNING again."""
        if execution.redrive_count == 0:
            return None
        for map_run in reversed(self.map_runs_of(execution.arn)):
            is_meant = (
                self._map_run_states[map_run.arn] == entered_id
                and map_run.redrive_count < execution.redrive_count
            )
            if is_meant and map_run.status in ("FAILED", "ABORTED") and map_run.child_items:
                map_run.status, map_run.stop_date = "RUNNING", None
                map_run.redrive_count += 1
                map_run.redrive_date = self.clock.time()
                return map_run
        return None

    def new_child(
        self, parent: Execution, map_run: MapRun, flow: Flow, value: Any, is_express: bool
    ) -> Execution:
        """A child execution of a map run, not yet running."""
        name = map_run.machine_arn.rsplit(":", 1)[1]
        kind: MachineType = "EXPRESS" if is_express else "STANDARD"
        machine = Machine(map_run.machine_arn, name, parent.role_arn, parent.machine.definition, kind)
        execution = self._new(machine, flow, self.ids.uuid(), dumps(value))
        execution.map_run_arn = map_run.arn
        self._begin(execution)
        return execution

    async def run_child(self, execution: Execution, is_redrive: bool) -> None:
        """Run a child execution to its end; cancelled, it ends ABORTED."""
        resume = self._rewind(execution) if is_redrive else None
        task = asyncio.current_task()
        if task is not None:
            self._tasks[execution.arn] = task
        try:
            await self._execute(execution, resume)
        finally:
            self._tasks.pop(execution.arn, None)

    def _new(self, machine: Machine, flow: Flow, name: str, input_text: str) -> Execution:
        if machine.type == "EXPRESS":
            arn = f"{machine.arn.replace(':stateMachine:', ':express:')}:{name}:{self.ids.uuid()}"
        else:
            arn = f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
        return Execution(arn, name, machine, input_text, History(self.clock), self.clock.time(), flow)

    def _begin(self, execution: Execution) -> None:
        self.executions[execution.arn] = execution
        details = {
            "input": execution.input,
            "inputDetails": NOT_TRUNCATED,
            "roleArn": execution.role_arn,
            "stateMachineVersionArn": execution.version_arn,
            "stateMachineAliasArn": execution.alias_arn,
        }
        execution.history.add("ExecutionStarted", 0, details)
        self._open(execution)

    def _open(self, execution: Execution) -> None:
        loop = asyncio.get_running_loop()
        self._ends[execution.arn] = loop.create_future()
        limit = execution.flow.timeout_seconds
        if execution.type == "EXPRESS":
            limit = min(limit or EXPRESS_SECONDS, EXPRESS_SECONDS)
        if limit is not None:
            self.timers[execution.arn] = loop.call_later(limit, self.expire, execution)
        self._tell(execution)

    def _rewind(self, execution: Execution) -> Position | None:
        execution.status, execution.stop_date = "RUNNING", None
        execution.error = execution.cause = execution.output = None
        execution.redrive_count += 1
        execution.redrive_date = self.clock.time()
        execution.history.is_sealed = False
        execution.history.add("ExecutionRedriven", 0, {"redriveCount": execution.redrive_count})
        self._open(execution)
        return execution.position

    def _spawn(self, execution: Execution, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name=execution.arn)
        self._tasks[execution.arn] = task
        task.add_done_callback(lambda done: self._forget(execution.arn, done))

    def _forget(self, arn: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(arn) is done:  # not the one of a redrive since
            del self._tasks[arn]

    async def _go_on(self, execution: Execution, stopped: asyncio.Task[None] | None) -> None:
        """From where the attempt before stood, which is known when it has come to rest."""
        if stopped is not None:
            await asyncio.wait({stopped})
        await self._execute(execution, execution.position)

    async def _execute(self, execution: Execution, resume: Position | None) -> None:
        attempt = execution.redrive_count
        last = len(execution.events) if resume is not None else 0
        chain = Chain(execution.history, last)
        strand = Strand(Run(self, execution), chain, self.evaluator.scope(), execution.context)
        try:
            value, given = json.loads(execution.input), execution.input
            _, text = await run_flow(strand, execution.flow, value, given, resume=resume)
            self._end(execution, "SUCCEEDED", text, chain.last)
        except HistoryFullError as failure:
            self._end(execution, "FAILED", failure, len(execution.events))
        except StatesError as failure:
            self._end(execution, "FAILED", failure, chain.last)
        except asyncio.CancelledError:  # stopped, which ended it already, or with what it is part of
            if execution.redrive_count == attempt:
                self._end(execution, "ABORTED", StatesError(None, None), previous=0)
            raise
        except Exception as failure:
            _log.exception("The engine failed in %s", execution.arn)
            self._end(execution, "FAILED", StatesError("States.Runtime", repr(failure)), chain.last)
        finally:
            execution.position = strand.position

    def expire(self, execution: Execution) -> None:
        """End an execution whose time is over."""
        self._end(execution, "TIMED_OUT", StatesError("States.Timeout", None), previous=0)
        self._cancel(execution.arn)

    def _cancel(self, arn: str) -> None:
        task = self._tasks.get(arn)
        if task is not None:
            task.cancel()

    def _end(self, execution: Execution, status: Status, outcome: StatesError | str, previous: int) -> None:
        if not execution.is_running:
            return
        event_type = {
            "SUCCEEDED": "ExecutionSucceeded",
            "TIMED_OUT": "ExecutionTimedOut",
            "ABORTED": "ExecutionAborted",
        }
        details: dict[str, Any]
        if isinstance(outcome, str):
            execution.output = outcome
            details = {"output": outcome, "outputDetails": NOT_TRUNCATED}
        else:
            if status != "TIMED_OUT":  # AWS names States.Timeout in the history only
                execution.error, execution.cause = outcome.error, outcome.cause
            details = {"error": outcome.error, "cause": outcome.cause}
        execution.history.add(event_type.get(status, "ExecutionFailed"), previous, details)
        execution.history.is_sealed = True
        execution.stop_date = self.clock.time()
        execution.status = status
        timer = self.timers.pop(execution.arn, None)
        if timer is not None:
            timer.cancel()
        self._ends.pop(execution.arn).set_result(None)
        self._tell(execution)

    def _tell(self, execution: Execution) -> None:
        for listener in self.on_status:
            listener(execution)
