"""Workflow variables: which names a flow assigns, and that no inner scope takes a name an outer one holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.asl.lint.findings import Findings
from rehearsal.asl.lint.graph import reached, targets_of

MAX_NAME_CHARACTERS = 80


class Variables:
    """The names that a flow assigns, and those that outer flows have assigned by the time it starts.

    AWS accepts a name in a branch that the outer flow assigns only later, as in its Parallel's own Catch.
    """

    def __init__(
        self, flow: dict[str, Any], outer: Variables | None = None, taken: frozenset[str] = frozenset()
    ):
        self._flow = flow
        self._outer = outer
        self._taken = taken
        self._by_state: dict[str, set[str]] = {}
        for state, _, assigned in _assignments(flow):
            self._by_state.setdefault(state, set()).update(assigned)

    def is_known(self, name: str) -> bool:
        """Whether some state in scope assigns it."""
        is_own = any(name in names for names in self._by_state.values())
        return is_own or (self._outer is not None and self._outer.is_known(name))

    def within(self, state: str, flow: dict[str, Any]) -> Variables:
        """The variables of a flow inside one of the states."""
        targets = {
            name: [target for target, _ in targets_of(entry)] for name, entry in self._flow["States"].items()
        }
        before = {name for name in self._by_state if state in _after(name, targets)}
        taken = self._taken.union(*(self._by_state[name] for name in before))
        return Variables(flow, self, taken)

    def check(self, location: str, findings: Findings) -> None:
        """Check the names that the flow itself assigns."""
        for _, place, assigned in _assignments(self._flow):
            for name in assigned:
                self._check_name(name, f"{location}/States/{place}/{name}", findings)

    def _check_name(self, name: str, location: str, findings: Findings) -> None:
        if not name.isidentifier() or name == "states" or len(name) > MAX_NAME_CHARACTERS:
            findings.schema(f"Invalid variable name '{name}'", location)
        elif name in self._taken:
            message = f"The variable name '{name}' was already defined in a parent scope."
            findings.add("DUPLICATE_VARIABLE_NAME", message, location)


def _after(state: str, targets: dict[str, list[str]]) -> set[str]:
    return set().union(*(reached(target, targets) for target in targets[state]))


def _assignments(flow: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, state in flow["States"].items():
        holders = [(name, state)]
        for field in ("Choices", "Catch"):
            holders += [
                (f"{name}/{field}[{index}]", entry) for index, entry in enumerate(state.get(field, []))
            ]
        for place, holder in holders:
            if isinstance(holder.get("Assign"), dict):
                yield name, f"{place}/Assign", holder["Assign"]
