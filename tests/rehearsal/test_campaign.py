"""Random runs from the command line: counted, held to what no run may do, and the same from the same seed."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal.cli import main
from rehearsal.simulated.campaign import Campaign, complaints_about, print_campaign, run_campaign
from rehearsal.simulated.catalogue import CATALOGUE
from rehearsal.simulated.run import Ended, run_one
from rehearsal.simulated.stack import SimulatedStack
from rehearsal.workplace import ROOT

ASKED = ("simulate", "--random", "20", "--seed", "5", "--histories")


@pytest.fixture(scope="module")
def well(dev: SimulatedStack) -> Ended:
    return run_one(dev, CATALOGUE["everything goes well"])


def test_two_processes_that_hash_differently_write_the_same_histories_byte_for_byte(
    dev: SimulatedStack, tmp_path: Path
) -> None:
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    other_hash = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    command = [sys.executable, "-m", "rehearsal", *ASKED, str(there)]
    environment = {**os.environ, "PYTHONHASHSEED": other_hash}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    ended = [run for _, runs in run_campaign(dev, 20, 5, here) for run in runs]
    assert here.read_bytes() == there.read_bytes()
    assert here.read_text().count("\n") == 20
    assert any(len(run.histories) > 5 for run in ended), "children are in it"


def test_runs_side_by_side_share_a_seed_and_the_next_ones_have_the_next(dev: SimulatedStack) -> None:
    runs_of_seeds = run_campaign(dev, 5, 8, at_once=2)
    assert [(seed, len(runs)) for seed, runs in runs_of_seeds] == [(8, 2), (9, 2), (10, 1)]


def test_a_run_that_leaves_something_or_is_told_of_twice_is_complained_about(well: Ended) -> None:
    assert list(complaints_about(well)) == []
    told = [f"trainyard-dev: {outcome} ({well.execution.name})" for outcome in ("ModelRejected", "RunFailed")]
    well.world.alerts.extend(told)
    left = replace(well, left=["job x is still running"])
    assert list(complaints_about(left)) == [
        "left over: job x is still running",
        f"told of more ends than there were: {', '.join(told)}",
    ]


def test_a_complaint_is_printed_with_the_seed_and_the_run_that_repeat_it(well: Ended) -> None:
    campaign, console = Campaign(), Console(record=True, width=200, file=io.StringIO())
    campaign.add(12, [replace(well, left=["model m"])])
    print_campaign(console, campaign)
    text = console.export_text()
    assert "1  Deployed" in text
    assert "1 with something wrong" in text
    assert "seed 12, everything goes well: left over: model m" in text


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--random", "0"), "--random is 0: it must be at least 1"),
        (("duplicate event", "--random", "3"), "either --random or a scenario ('duplicate event')"),
        (("--histories", "somewhere"), "--histories is of random runs"),
        (("--random", "3", "--histories", "/nowhere/at/all"), "/nowhere/at/all"),
        (("--random", "3", "--stack", "moon"), "moon"),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused_by_what_is_wrong_with_it(
    arguments: tuple[str, ...], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", *arguments]) == 2
    assert named in capsys.readouterr().err
