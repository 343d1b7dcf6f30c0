"""Runs scenarios on the deployed definitions in virtual time and holds them against their promises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from rehearsal.asl.clock import run_virtual
from rehearsal.asl.execution import Execution
from rehearsal.asl.simulation import simulated_engine
from rehearsal.simulated.faults import Faults
from rehearsal.simulated.host import SimulatedHost
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.stack import SimulatedStack
from rehearsal.simulated.world import World

Passed = dict[tuple[str, str], int]


@dataclass
class Ended:
    """A finished simulated run; `passed` counts the places of the definitions by machine, location."""

    scenario: Simulated
    execution: Execution
    world: World
    entered: list[str]
    passed: Passed = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """The documented outcome: the error of the execution, or what its record says."""
        if self.execution.status == "SUCCEEDED":
            return str(json.loads(self.execution.output or "{}")["outcome"])
        return self.execution.error or self.execution.status

    @property
    def seconds(self) -> float:
        """Virtual seconds from start to end."""
        return (self.execution.stop_date or self.execution.start_date) - self.execution.start_date

    def broken_promises(self) -> Iterator[str]:
        """What the scenario says and did not happen, in words; empty when all is well."""
        scenario, world = self.scenario, self.world
        if self.outcome != scenario.outcome:
            why = world.outcomes[-1]["why"] if world.outcomes else self.execution.cause
            yield f"outcome is {self.outcome} instead of {scenario.outcome}: {why}"
        states = iter(self.entered)
        missing = [state for state in scenario.path if state not in states]
        if missing:
            yield f"{missing[0]} was not entered where the path says; entered were {', '.join(self.entered)}"
        left = [
            one for one in world.leftovers() if not any(fnmatchcase(one, glob) for glob in scenario.leaves)
        ]
        yield from (f"left over: {one}" for one in left)
        trained = self.entered.count("train_candidate/Train")
        if scenario.trained is not None and trained != scenario.trained:
            yield f"{trained} training jobs instead of {scenario.trained}"
        error = world.outcomes[-1]["error"] if world.outcomes else ""
        if scenario.error and error != scenario.error:
            yield f"the recorded error is {error} instead of {scenario.error}"


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
    entered: dict[str, list[str]] = {}
    passed: dict[str, Passed] = {}

    def note(execution: Execution, location: str) -> None:
        run_id, machine = host.run_of(execution), stack.machine_name(execution.machine_arn)
        counts = passed.setdefault(run_id, {})
        counts[machine, location] = counts.get((machine, location), 0) + 1
        parts = location.split("/")
        if len(parts) > 1 and parts[-2] == "States":
            entered.setdefault(run_id, []).append(f"{machine}/{parts[-1]}")

    engine.on_step.append(note)
    running = []
    for number, scenario in enumerate(scenarios):
        run_id = f"{scenario.name}-{number}"
        host.worlds[run_id] = World(scenario.facts, scenario.environments(stack.environments))
        host.faults[run_id] = Faults(scenario.faults)
        running.append(engine.start(stack.machines["pipeline"], run_id, json.dumps(scenario.request)))
    await asyncio.gather(*(engine.wait(execution.arn) for execution in running))
    ended = [
        Ended(
            scenario, execution, host.worlds[execution.name], entered[execution.name], passed[execution.name]
        )
        for scenario, execution in zip(scenarios, running, strict=True)
    ]
    await engine.close()
    return ended
