"""Prints simulated runs: one line each, or the whole path of one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import Console

from rehearsal.simulated.run import Ended


def print_runs(console: Console, runs: Sequence[Ended]) -> None:
    """Outcome, virtual time and jobs of each run; a run alone is shown with the states it entered."""
    for run in runs:
        mark = "[red]✗[/red]" if any(run.broken_promises()) else "[green]✓[/green]"
        hours = f"{run.seconds / 3600:.1f} h"
        jobs = f"{len(run.world.jobs)} jobs"
        console.print(f"{mark} {run.outcome:<22} {hours:>8} {jobs:>8}  {run.scenario.name}", highlight=False)
        for promise in run.broken_promises():
            console.print(f"    {promise}", style="red", markup=False)
    if len(runs) == 1:
        for state, visits in groupby(runs[0].entered):
            times = len(list(visits))
            console.print(f"    {state}" + (f" ×{times}" if times > 1 else ""), highlight=False)
    else:
        broken = sum(1 for run in runs if any(run.broken_promises()))
        console.print(f"{len(runs)} scenarios, {broken or 'none'} with a broken promise", highlight=False)


def plain(run: Ended) -> dict[str, Any]:
    """One run for --json; times are virtual seconds."""
    return {
        "scenario": run.scenario.name,
        "stack": run.scenario.stack,
        "outcome": run.outcome,
        "seconds": run.seconds,
        "jobs": len(run.world.jobs),
        "entered": run.entered,
        "broken_promises": list(run.broken_promises()),
    }
