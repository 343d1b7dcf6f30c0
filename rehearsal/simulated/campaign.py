"""Runs by chance, many at once: each has to end in a documented outcome and to leave nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from contracts.run import Outcome
from rehearsal.errors import WrongArgumentError
from rehearsal.simulated.chance import by_chance
from rehearsal.simulated.run import Ended, run_all
from rehearsal.simulated.stack import SimulatedStack

AT_ONCE = 100
DOCUMENTED = frozenset(outcome.value for outcome in Outcome)


@dataclass
class Campaign:
    """What became of the runs: how many ended how, and what is wrong with each that is."""

    outcomes: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def add(self, seed: int, ended: list[Ended]) -> None:
        """Count the runs of one seed."""
        for run in ended:
            self.outcomes[run.outcome] += 1
            found = list(complaints_about(run))
            if found:
                self.complaints.append(f"seed {seed}, {run.scenario.name}: {'; '.join(found)}")


def complaints_about(run: Ended) -> Iterator[str]:
    """What no run may do, whatever it meets."""
    if run.outcome not in DOCUMENTED:
        yield f"{run.outcome} is no documented outcome ({run.execution.cause})"
    yield from (f"left over: {one}" for one in run.left)
    told = [alert for alert in run.world.alerts if f"({run.execution.name})" in alert]
    if len(set(told)) > 1 + run.execution.redrive_count:
        yield f"told of more ends than there were: {', '.join(told)}"


def require_possible(number: int, histories: Path | None) -> None:
    """Raise WrongArgumentError for a number of runs that is none, and for a file that can't be written."""
    if number < 1:
        raise WrongArgumentError(f"--random is {number}: it must be at least 1, the number of runs.")
    if histories is None:
        return
    try:
        histories.write_text("")
    except OSError as refused:
        text = f"--histories: {histories} can't be written ({refused.strerror})."
        raise WrongArgumentError(text) from refused


def run_campaign(
    stack: SimulatedStack, number: int, seed: int, histories: Path | None = None, at_once: int = AT_ONCE
) -> Iterator[tuple[int, list[Ended]]]:
    """Yields the seed and the runs of each hundred that run side by side; the next hundred has the next seed.

    `histories` gets the events of all executions, a line of JSON for each run: equal seeds give equal files.
    """
    for offset in range(0, number, at_once):
        own_seed = seed + offset // at_once
        ended = run_all(stack, by_chance(min(at_once, number - offset), own_seed), own_seed)
        if histories is not None:
            with histories.open("a") as file:
                file.writelines(f"{json.dumps(run.histories)}\n" for run in ended)
        yield own_seed, ended


def print_campaign(console: Console, campaign: Campaign) -> None:
    """How many ended how, and each complaint with what repeats it."""
    total = campaign.outcomes.total()
    for outcome, times in campaign.outcomes.most_common():
        console.print(f"{times:>8}  {outcome}", highlight=False)
    console.print(f"{total:>8}  runs, {len(campaign.complaints)} with something wrong", highlight=False)
    for complaint in campaign.complaints:
        console.print(f"    {complaint}", style="red", markup=False)
