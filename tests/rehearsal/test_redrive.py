"""Compensation and resumes: checkpoints stay as long as a redrive can need them, and not longer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from rehearsal.asl.clock import run_virtual
from rehearsal.asl.execution import Execution
from rehearsal.asl.simulation import simulated_engine
from rehearsal.simulated.events import Events
from rehearsal.simulated.faults import RUN_UNFINISHED, Fault, Faults
from rehearsal.simulated.host import SimulatedHost
from rehearsal.simulated.leftovers import leftovers
from rehearsal.simulated.run import Ended, run_all
from rehearsal.simulated.scenario import CONTEXT, Simulated
from rehearsal.simulated.stack import SimulatedStack
from rehearsal.simulated.world import BEFORE, BEFORE_MODEL, BEFORE_PACKAGE, Facts, World

DAY_SECONDS = 86400.0
CHECKPOINTS = "pipeline/run-1/checkpoints/"
# Validation and features take some twenty minutes in the simulated world, training another thirty.
IN_TRAINING_SECONDS = 1500.0


@dataclass
class Redriven:
    """A pipeline that was stopped while it trained and started again after a while."""

    checkpoints_when_stopped: list[str]
    checkpoints_when_redriven: list[str]
    status_when_stopped: str
    execution: Execution
    world: World


def stopped_and_redriven(stack: SimulatedStack, after_days: float, *faults: Fault) -> Redriven:
    result: Redriven = run_virtual(_stop_and_redrive(stack, after_days, faults))
    return result


async def _stop_and_redrive(stack: SimulatedStack, after_days: float, faults: tuple[Fault, ...]) -> Redriven:
    host = SimulatedHost(stack)
    engine, janitor = simulated_engine(host, 1), Events(host, stack)
    engine.on_status.append(janitor.on_status)
    world = host.worlds["run-1"] = World(Facts(), stack.environments)
    host.faults["run-1"] = Faults(faults)
    arn = engine.start(stack.machines["pipeline"], "run-1", json.dumps(dict(CONTEXT))).arn
    await asyncio.sleep(IN_TRAINING_SECONDS)
    kept = world.keys(CHECKPOINTS)
    status = engine.stop(arn).status
    await asyncio.sleep(after_days * DAY_SECONDS)
    later = world.keys(CHECKPOINTS)
    engine.redrive(arn)
    execution = await engine.wait(arn)
    await janitor.settle()
    await engine.close()
    return Redriven(kept, later, status, execution, world)


@pytest.fixture(scope="module")
def redriven(dev: SimulatedStack) -> Redriven:
    return stopped_and_redriven(dev, after_days=13.9)


def test_a_run_stopped_while_it_trains_keeps_its_checkpoints_for_a_redrive(redriven: Redriven) -> None:
    assert redriven.status_when_stopped == "ABORTED"
    assert redriven.checkpoints_when_stopped, "it was in training"
    assert redriven.checkpoints_when_redriven == redriven.checkpoints_when_stopped


def test_a_redriven_run_goes_live_and_then_leaves_no_checkpoint(redriven: Redriven) -> None:
    assert redriven.execution.status == "SUCCEEDED"
    assert redriven.world.keys(CHECKPOINTS) == []
    assert list(leftovers(redriven.world)) == []


def test_a_redriven_run_trains_from_the_prefix_that_it_trained_to_before(redriven: Redriven) -> None:
    [prefix] = {key.rsplit("/", 1)[0] for key in redriven.checkpoints_when_stopped}
    assert prefix == "pipeline/run-1/checkpoints/lap0-0"
    assert redriven.world.checkpoints_written == 2, "both jobs wrote below it"


def test_a_redriven_run_whose_training_fails_removes_what_no_resume_can_need(dev: SimulatedStack) -> None:
    broken = Fault(place="train_candidate/Train", what="broken", passing=1, times=9)
    ended = stopped_and_redriven(dev, 1, broken)
    assert ended.execution.error == "TrainingFailed"
    assert ended.checkpoints_when_redriven
    assert ended.world.keys(CHECKPOINTS) == []
    assert ended.world.keys("pipeline/run-1/model/") == []


@pytest.mark.parametrize("lost", [(), (Fault(place="*/*", what="stop_lost", times=9),)])
def test_word_of_the_stop_that_comes_after_the_redrive_is_of_the_first_attempt_alone(
    dev: SimulatedStack, lost: tuple[Fault, ...]
) -> None:
    late = Fault(place=RUN_UNFINISHED, what="delivered_late", seconds=DAY_SECONDS + 600.0)
    ended = stopped_and_redriven(dev, 1, late, *lost)
    assert ended.execution.status == "SUCCEEDED"
    trained = [job.status for job in ended.world.jobs.values() if job.kind == "Training"]
    assert trained == ["Stopped", "Completed"]
    assert list(leftovers(ended.world)) == []


STOPPED = {"in scoring": 3100.0, "in staging": 4000.0, "while traffic shifts": 4400.0}
HEARD = {"in time": 0.0, "during the redriven run": 400.0, "a day late": DAY_SECONDS}
REDRIVEN = {"at once": 0.5, "half an hour later": 1800.0}


@pytest.fixture(scope="module")
def deployments(dev: SimulatedStack) -> dict[str, Ended]:
    """A run for each place of the stop, moment of the redrive and arrival of the event, side by side."""
    scenarios = [
        Simulated(
            name=f"stopped {place}, redriven {again}, heard of {when}",
            outcome="Deployed",
            facts=Facts(has_baseline=True, live="InService"),
            aborted_after=STOPPED[place],
            redriven_after=REDRIVEN[again],
            faults=(Fault(place=RUN_UNFINISHED, what="delivered_late", seconds=HEARD[when]),),
        )
        for place in STOPPED
        for again in REDRIVEN
        for when in HEARD
    ]
    return {ended.scenario.name: ended for ended in run_all(dev, scenarios)}


def test_a_redriven_deployment_goes_live_whenever_the_janitor_hears_of_the_stop(
    deployments: dict[str, Ended],
) -> None:
    assert {name: list(ended.broken_promises()) for name, ended in deployments.items() if ended.left} == {}
    assert {ended.outcome for ended in deployments.values()} == {"Deployed"}


def test_nothing_of_an_attempt_before_the_redrive_is_left_but_what_the_last_one_uses(
    deployments: dict[str, Ended],
) -> None:
    for name, ended in deployments.items():
        [serving] = {one.config for one in ended.world.endpoints.values()}
        assert set(ended.world.configs) == {BEFORE, serving}, name
        assert set(ended.world.models) == {BEFORE_MODEL, *ended.world.configs[serving]}, name
        [package] = [
            status
            for arn, status in ended.world.packages.items()
            if arn != BEFORE_PACKAGE and status != "Rejected"
        ]
        assert package == "Approved", name


def test_a_run_again_touches_nothing_of_the_run_before_it(dev: SimulatedStack) -> None:
    async def both() -> Any:
        host = SimulatedHost(dev)
        engine = simulated_engine(host, 1)
        world = World(Facts(), dev.environments)
        world.put("pipeline/run-1/checkpoints/lap0-0/1.ubj")
        world.put("pipeline/run-1/model/lap0-0/model.tar.gz")
        host.worlds["run-10"], host.faults["run-10"] = world, Faults(())
        started = engine.start(dev.machines["pipeline"], "run-10", json.dumps(dict(CONTEXT)))
        await engine.wait(started.arn)
        await engine.close()
        return world.keys("pipeline/run-1/")

    assert len(run_virtual(both())) == 2
