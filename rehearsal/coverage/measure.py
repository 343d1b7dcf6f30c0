"""Counts the places of the definitions that runs passed: states, ends, rules, retriers and catchers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rehearsal.asl.program import steps
from rehearsal.simulated.run import Ended
from rehearsal.simulated.stack import SimulatedStack

Place = tuple[str, str]
"""The program's name of a machine and a location in its definition, as `/States/ChooseBest/Catch[0]`."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "states": ("state", "terminal"),
    "ends": ("terminal",),
    "choice rules": ("rule", "default"),
    "retriers": ("retrier",),
    "catchers": ("catcher",),
}
LEAST: Mapping[str, float] = {
    "states": 1.0,
    "ends": 1.0,
    "choice rules": 0.95,
    "retriers": 0.95,
    "catchers": 0.95,
}
REASONS: Mapping[Place, str] = {
    ("training", "/States/SweepCandidates/Catch[0]"): (
        "every child catches its own failure, so only the failure of the map itself gets here: "
        "a person aborted its run, or an item is over the size limit. No scenario stands for those"
    ),
}


@dataclass(frozen=True)
class Coverage:
    """What was passed: all places by kind, and how often each was passed."""

    places: Mapping[Place, str]
    passed: Mapping[Place, int]

    def share(self, column: str, machine: str | None = None) -> tuple[int, int]:
        """How many places of a column of KINDS were passed, and how many there are."""
        found = [place for place in self._of(column) if machine in (None, place[0])]
        return sum(1 for place in found if place in self.passed), len(found)

    def machines(self) -> list[str]:
        """Names of the machines in order."""
        return list(dict.fromkeys(machine for machine, _ in self.places))

    def uncovered(self) -> list[Place]:
        """Places that no run passed."""
        return [place for place in self.places if place not in self.passed]

    def complaints(self) -> Iterator[str]:
        """What keeps the gate shut: too small a share, a place without a reason, a reason too many."""
        for column, least in LEAST.items():
            covered, total = self.share(column)
            if covered < least * total:
                yield f"{column}: {covered} of {total} are covered, the gate asks for {least:.0%}"
        uncovered = set(self.uncovered())
        yield from (
            f"{machine}{place}: uncovered without a reason" for machine, place in uncovered - set(REASONS)
        )
        yield from (
            f"{machine}{place}: covered, so its reason can go" for machine, place in set(REASONS) - uncovered
        )

    def _of(self, column: str) -> Iterator[Place]:
        return (place for place, kind in self.places.items() if kind in KINDS[column])


def measure(stacks: Iterable[SimulatedStack], runs: Iterable[Ended]) -> Coverage:
    """The coverage of those runs over the definitions of those stacks."""
    places = {
        (name, location): kind
        for stack in stacks
        for name, machine in sorted(stack.machines.items())
        for location, kind in steps(machine.flow).items()
    }
    passed: dict[Place, int] = {}
    for run in runs:
        for place, count in run.passed.items():
            passed[place] = passed.get(place, 0) + count
    return Coverage(places, passed)
