"""Runs scenarios on the deployed definitions in virtual time and holds them against their promises."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from contracts.artifacts import RunKeys
from rehearsal.asl.clock import run_virtual
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, Machine
from rehearsal.asl.simulation import simulated_engine
from rehearsal.simulated.events import Events
from rehearsal.simulated.faults import Faults
from rehearsal.simulated.host import SimulatedHost
from rehearsal.simulated.leftovers import leftovers
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.stack import SimulatedStack
from rehearsal.simulated.world import World

Passed = dict[tuple[str, str], int]


@dataclass
class Ended:
    """A finished simulated run; `passed` counts the places of the definitions by machine, location."""

    scenario: Simulated
    executions: list[Execution]
    world: World
    left: list[str]
    """What is left over that no ended run may leave."""
    entered: list[str]
    passed: Passed = field(default_factory=dict)
    descendants: list[Execution] = field(default_factory=list)
    """All that it started, too, in order of their start."""

    @property
    def execution(self) -> Execution:
        """The execution that the scenario is about."""
        return self.executions[0]

    @property
    def record(self) -> dict[str, Any]:
        """What the run wrote down as its outcome, or the janitor for it; empty when nobody did."""
        stored = self.world.objects.get(RunKeys(self.execution.name).outcome)
        return json.loads(stored.body) if stored else {}

    @property
    def outcome(self) -> str:
        """The documented outcome: the error of the execution, or what its record says."""
        return outcome_of(self.execution, self.record)

    @property
    def histories(self) -> dict[str, list[dict[str, Any]]]:
        """The events of the run's executions and of all that they started, by ARN."""
        return {one.arn: one.history.events for one in (*self.executions, *self.descendants)}

    @property
    def seconds(self) -> float:
        """Virtual seconds from start to end."""
        return (self.execution.stop_date or self.execution.start_date) - self.execution.start_date

    def broken_promises(self) -> Iterator[str]:
        """What the scenario says and did not happen, in words; empty when all is well."""
        scenario = self.scenario
        if self.outcome != scenario.outcome:
            why = self.record.get("why", self.execution.cause)
            yield f"outcome is {self.outcome} instead of {scenario.outcome}: {why}"
        states = iter(self.entered)
        missing = [state for state in scenario.path if state not in states]
        if missing:
            yield f"{missing[0]} was not entered where the path says; entered were {', '.join(self.entered)}"
        left = [one for one in self.left if not any(fnmatchcase(one, glob) for glob in scenario.leaves)]
        yield from (f"left over: {one}" for one in left)
        trained = self.entered.count("train_candidate/Train")
        if scenario.trained is not None and trained != scenario.trained:
            yield f"{trained} training jobs instead of {scenario.trained}"
        alerts = self.world.alerts
        if len(alerts) > len(self.executions) + self.execution.redrive_count:
            yield f"{len(alerts)} alerts where one would do: {', '.join(alerts)}"
        error = self.record.get("error", "")
        if scenario.error and error != scenario.error:
            yield f"the recorded error is {error} instead of {scenario.error}"
        for later in self.executions[1:]:
            if outcome_of(later, {}) != "Deployed":
                yield f"the next run ended as {outcome_of(later, {})} instead of Deployed: {later.cause}"


def outcome_of(execution: Execution, record: Mapping[str, Any]) -> str:
    """How an execution ended: by its output, its error, or the record of one that said nothing."""
    if execution.status == "SUCCEEDED":
        return str(json.loads(execution.output or "{}")["outcome"])
    return execution.error or str(record.get("outcome", execution.status))


def run_all(stack: SimulatedStack, scenarios: Sequence[Simulated], seed: int = 1) -> list[Ended]:
    """Run them side by side in one engine, each in a world of its own."""
    result: list[Ended] = run_virtual(_run_all(stack, scenarios, seed))
    return result


def run_one(stack: SimulatedStack, scenario: Simulated) -> Ended:
    """Run one alone, from its own seed."""
    return run_all(stack, [scenario], scenario.seed)[0]


async def _run_all(stack: SimulatedStack, scenarios: Sequence[Simulated], seed: int) -> list[Ended]:
    host = SimulatedHost(stack)
    engine = simulated_engine(host, seed)
    notes = Notes(host, stack)
    events = Events(host, stack)
    engine.on_step.append(notes.on_step)
    engine.on_status.append(events.on_status)
    runs = [
        _run(host, stack, scenario, f"{_slug(scenario.name)}-{number}")
        for number, scenario in enumerate(scenarios)
    ]
    ended = await asyncio.gather(*runs)
    await events.settle()
    results = []
    for scenario, executions in zip(scenarios, ended, strict=True):
        world = host.worlds[executions[0].name]
        seen = notes.of(executions[0].name)
        started = [one for one in host.executions_in(world) if one not in executions]
        results.append(Ended(scenario, executions, world, list(leftovers(world)), *seen, started))
    await engine.close()
    return results


async def _run(
    host: SimulatedHost, stack: SimulatedStack, scenario: Simulated, run_id: str
) -> list[Execution]:
    """One run, and the one after it if there is one, in the same world."""
    world = World(scenario.facts, scenario.environments(stack.environments))
    executions = [_start(host, stack, scenario, world, run_id)]
    engine = host.engine_of_run()
    loop = asyncio.get_running_loop()
    if scenario.aborted_after is not None:
        loop.call_later(scenario.aborted_after, engine.stop, executions[0].arn)
    if scenario.redriven_after is not None:
        await _redrive(engine, executions[0], scenario.redriven_after)
    if scenario.next_run_after is not None:
        await asyncio.sleep(scenario.next_run_after)
        executions.append(_start(host, stack, scenario, world, f"{run_id}-next"))
    return [await engine.wait(execution.arn) for execution in executions]


async def _redrive(engine: Engine, execution: Execution, after_seconds: float) -> None:
    """Somebody goes on with a run that said nothing; one that ended by itself is left as it is."""
    await engine.wait(execution.arn)
    if execution.status in ("ABORTED", "TIMED_OUT"):
        await asyncio.sleep(after_seconds)
        engine.redrive(execution.arn)


def _start(
    host: SimulatedHost, stack: SimulatedStack, scenario: Simulated, world: World, run_id: str
) -> Execution:
    is_first = not run_id.endswith("-next")
    host.worlds[run_id] = world
    host.faults[run_id] = Faults(scenario.faults if is_first else ())
    machine = stack.machines["pipeline"]
    if is_first and scenario.deadline_seconds is not None:
        machine = _with_deadline(machine, scenario.deadline_seconds)
    return host.engine_of_run().start(machine, run_id, json.dumps(scenario.request))


@cache
def _with_deadline(machine: Machine, seconds: int) -> Machine:
    definition = json.loads(machine.definition) | {"TimeoutSeconds": seconds}
    return replace(machine, definition=json.dumps(definition))


def _slug(name: str) -> str:
    """A scenario's name as an execution may be called."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name)[:60]


class Notes:
    """What each run passed: its states in order, and the places of the definitions."""

    def __init__(self, host: SimulatedHost, stack: SimulatedStack) -> None:
        self._host, self._stack = host, stack
        self._entered: dict[str, list[str]] = {}
        self._passed: dict[str, Passed] = {}

    def on_step(self, execution: Execution, location: str) -> None:
        """A place came into play."""
        run_id, machine = self._host.run_of(execution), self._stack.machine_name(execution.machine_arn)
        counts = self._passed.setdefault(run_id, {})
        counts[machine, location] = counts.get((machine, location), 0) + 1
        parts = location.split("/")
        if len(parts) > 1 and parts[-2] == "States":
            self._entered.setdefault(run_id, []).append(f"{machine}/{parts[-1]}")

    def of(self, run_id: str) -> tuple[list[str], Passed]:
        """The states it entered, and how often it passed each place."""
        return self._entered.get(run_id, []), self._passed.get(run_id, {})
