"""Failures with real processes, one after the other in one account; each leaves it clean for the next."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from rehearsal.overrides import overridden
from rehearsal.progress import Steps
from rehearsal.rehearse import findings_of, run_scenario
from rehearsal.scenarios import SCENARIOS
from rehearsal.scenarios.scenario import STARTED_BY_HAND
from rehearsal.workplace import ROOT, Site, Stack, new_folder, open_site

pytestmark = pytest.mark.rehearsal
WITHOUT_STORE = ("dataPreparation.featureStore.isUsed=false", "dataPreparation.featureStore.isOnline=false")
IN_ORDER = (
    "file-replaced",
    "reviewer-rejects",
    "bad-day",
    "out-of-memory",
    "redriven",
    "far-below",
    "alarm-during-bake",
    "aborted",
)
"""`bad-day` has the faults and claims of `spot-interruption` among its own, and brings the live model
that the later ones find: what each of them needs first is there. After `alarm-during-bake` the alarm is in
ALARM, so nothing that is to deploy follows it."""


@pytest.fixture(scope="module")
def steps() -> Iterator[Steps]:
    with Steps(Console(file=io.StringIO())) as steps:
        yield steps


@pytest.fixture(scope="module")
def site(steps: Steps) -> Iterator[Site]:
    settings = [*WITHOUT_STORE, STARTED_BY_HAND, "approval.isRequired=true"]
    stack = Stack("dev", overridden(ROOT, "dev", settings))
    with open_site(stack, steps, folder=new_folder()) as site:
        yield site


@pytest.mark.parametrize("name", IN_ORDER)
def test_a_failure_with_real_processes_ends_as_promised_and_leaves_nothing(
    site: Site, steps: Steps, name: str
) -> None:
    scenario = SCENARIOS[name]
    findings = findings_of(run_scenario(site, scenario, steps), scenario)
    assert [f"{one.claim}: {one.evidence}" for one in findings if not one.holds] == []


def test_every_scenario_says_in_one_line_what_it_is_about() -> None:
    assert all(scenario.summary and "\n" not in scenario.summary for scenario in SCENARIOS.values())
