"""The catalogue on the deployed definitions: documented outcomes, nothing left, histories that repeat."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from rich.console import Console

from contracts.run import Outcome
from rehearsal.asl.clock import run_virtual
from rehearsal.coverage import table as coverage_table
from rehearsal.coverage.measure import REASONS, Coverage, measure
from rehearsal.errors import WrongArgumentError
from rehearsal.program.deployment import Deployment
from rehearsal.simulated import table
from rehearsal.simulated.catalogue import CATALOGUE
from rehearsal.simulated.chance import by_chance
from rehearsal.simulated.chosen import run_chosen
from rehearsal.simulated.faults import Fault
from rehearsal.simulated.leftovers import leftovers
from rehearsal.simulated.run import Ended, run_all, run_one
from rehearsal.simulated.scenario import Simulated
from rehearsal.simulated.stack import SimulatedStack, as_simulated
from rehearsal.simulated.world import Job


@pytest.fixture(scope="module")
def simulated(stacks: dict[str, Deployment]) -> dict[str, SimulatedStack]:
    return {name: as_simulated(recorded) for name, recorded in stacks.items()}


@pytest.fixture(scope="module")
def runs(simulated: dict[str, SimulatedStack]) -> dict[str, Ended]:
    return {run.scenario.name: run for run in run_chosen(None, simulated.__getitem__)}


@pytest.fixture(scope="module")
def coverage(simulated: dict[str, SimulatedStack], runs: dict[str, Ended]) -> Coverage:
    return measure(simulated.values(), runs.values())


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_scenario_ends_as_it_promises_and_leaves_nothing_over(runs: dict[str, Ended], name: str) -> None:
    assert list(runs[name].broken_promises()) == []


def test_a_run_that_goes_well_takes_at_most_120_state_transitions(runs: dict[str, Ended]) -> None:
    machines = {entered.partition("/")[0] for entered in runs["everything goes well"].entered}
    # A transition into each state, and one out of the start of each execution.
    assert len(runs["everything goes well"].entered) + len(machines) <= 120


def test_every_documented_outcome_is_produced_by_some_scenario(runs: dict[str, Ended]) -> None:
    assert {run.outcome for run in runs.values()} == {outcome.value for outcome in Outcome}


def test_states_rules_retriers_and_catchers_are_covered_or_have_reasons(coverage: Coverage) -> None:
    assert list(coverage.complaints()) == []


def test_a_place_nobody_passes_any_more_shuts_the_gate(
    simulated: dict[str, SimulatedStack], runs: dict[str, Ended]
) -> None:
    few = measure(simulated.values(), [runs["everything goes well"]])
    complaints = "\n".join(few.complaints())
    assert "states:" in complaints
    assert "pipeline/States/RunSkipped: uncovered without a reason" in complaints


def test_a_reason_for_what_is_covered_has_to_go(coverage: Coverage) -> None:
    everything = Coverage(coverage.places, {**coverage.passed, **dict.fromkeys(REASONS, 1)})
    assert sum("its reason can go" in complaint for complaint in everything.complaints()) == len(REASONS)


def histories(runs: Sequence[Ended]) -> str:
    return json.dumps([run.execution.history.events for run in runs], default=str)


def test_the_same_seed_gives_the_same_history_byte_for_byte(dev: SimulatedStack) -> None:
    wanted = by_chance(3, seed=5)
    assert histories(run_all(dev, wanted, 5)) == histories(run_all(dev, wanted, 5))


def test_a_hundred_runs_at_once_with_random_faults_end_as_documented(dev: SimulatedStack) -> None:
    ended = run_all(dev, by_chance(100, seed=7), 7)
    assert {run.outcome for run in ended} <= {outcome.value for outcome in Outcome}
    assert len({run.outcome for run in ended}) > 4, "the faults are real"
    assert [left for run in ended for left in run.left] == []


def test_twenty_whole_pipelines_at_once_all_go_live(dev: SimulatedStack) -> None:
    ended = run_all(dev, [CATALOGUE["everything goes well"]] * 20)
    assert [run.outcome for run in ended] == ["Deployed"] * 20


def test_a_scenario_that_ends_otherwise_says_why_in_words(dev: SimulatedStack) -> None:
    hopeful = Simulated(
        name="hopeful",
        outcome="Deployed",
        trained=1,
        faults=(Fault(place="train_candidate/Train", what="disk_full"),),
        path=("deployment/Live",),
    )
    promises = list(run_one(dev, hopeful).broken_promises())
    assert "outcome is TrainingFailed instead of Deployed: DiskFull" in promises[0]
    assert "deployment/Live was not entered" in promises[1]


def test_a_fault_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"'meteor'.*throttled"):
        Fault(place="*/*", what="meteor")


def test_what_a_run_leaves_over_is_found_in_its_world(dev: SimulatedStack) -> None:
    run = run_one(dev, CATALOGUE["evaluation/RemoveScoringModel fails for good"])

    async def left() -> list[str]:
        run.world.put("pipeline/run/checkpoints/one")
        run.world.jobs["forgotten"] = Job("Training", "forgotten", {}, 0.0)
        return list(leftovers(run.world))

    found: Any = run_virtual(left())
    assert "job forgotten is still running" in found
    assert any("-candidate" in one for one in found)
    assert any("checkpoints" in one for one in found)


def test_a_simulated_scenario_that_is_unknown_is_refused_with_those_there_are() -> None:
    with pytest.raises(WrongArgumentError, match="'meteor'") as refused:
        run_chosen("meteor")
    assert "duplicate event" in str(refused.value)


def test_programs_get_a_run_and_the_coverage_as_plain_values(
    runs: dict[str, Ended], coverage: Coverage
) -> None:
    run = json.loads(json.dumps(table.plain(runs["reviewer stays silent"])))
    assert (run["outcome"], run["broken_promises"]) == ("ApprovalExpired", [])
    assert run["seconds"] > 7 * 86400, "the reviewer had a week"
    found = json.loads(json.dumps(coverage_table.plain(coverage, len(runs))))
    assert found["shares"]["pipeline"]["states"][0] == found["shares"]["pipeline"]["states"][1] > 30
    assert (found["scenarios"], found["complaints"]) == (len(runs), [])


def test_the_coverage_is_printed_by_machine_with_each_missing_place(
    simulated: dict[str, SimulatedStack],
) -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    run = run_one(simulated["dev"], CATALOGUE["duplicate event"])
    table.print_runs(console, [run])
    coverage_table.print_coverage(console, measure(simulated.values(), [run]), 1)
    text = console.export_text()
    assert "✓ RunSkipped" in text
    assert "deployment/States/Live: no reason given" in text
