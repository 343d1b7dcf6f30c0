"""Chooses scenarios by name and runs each alone, from its own seed."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.errors import WrongArgumentError
from rehearsal.simulated.catalogue import CATALOGUE
from rehearsal.simulated.run import Ended, run_one
from rehearsal.simulated.stack import SimulatedStack, simulated_stack


def run_chosen(name: str | None, stack: Callable[[str], SimulatedStack] = simulated_stack) -> list[Ended]:
    """That scenario, or all, on the stacks that `stack` finds; a name that isn't in the catalogue is refused
    with those that are.
    """
    if name is not None and name not in CATALOGUE:
        known = "\n  ".join(CATALOGUE)
        raise WrongArgumentError(f"No simulated scenario is called '{name}'. There are:\n  {known}")
    chosen = CATALOGUE.values() if name is None else [CATALOGUE[name]]
    return [run_one(stack(scenario.stack), scenario) for scenario in chosen]


def stacks() -> list[SimulatedStack]:
    """The stacks that the catalogue's scenarios run on."""
    return [simulated_stack(name) for name in sorted({one.stack for one in CATALOGUE.values()})]
