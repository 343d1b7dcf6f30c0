"""Workflow variables: which names a flow assigns, and that no inner scope takes a name of an outer one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.asl.lint.findings import Findings

MAX_NAME_CHARACTERS = 80


class Variables:
    """The names that one flow and those around it assign; a Distributed Map's items see none from outside."""

    def __init__(self, flow: dict[str, Any], outer: Variables | None) -> None:
        self._outer = outer
        self._own = {name for _, assigned in _assignments(flow) for name in assigned}

    def is_known(self, name: str) -> bool:
        """Whether some state in scope assigns it."""
        return name in self._own or (self._outer is not None and self._outer.is_known(name))

    def check(self, flow: dict[str, Any], location: str, findings: Findings) -> None:
        """Check the names that the flow itself assigns."""
        for place, assigned in _assignments(flow):
            for name in assigned:
                self._check_name(name, f"{location}/States/{place}/{name}", findings)

    def _check_name(self, name: str, location: str, findings: Findings) -> None:
        if not name.isidentifier() or name == "states" or len(name) > MAX_NAME_CHARACTERS:
            findings.schema(f"Invalid variable name '{name}'", location)
        elif self._outer is not None and self._outer.is_known(name):
            message = f"The variable name '{name}' was already defined in a parent scope."
            findings.add("DUPLICATE_VARIABLE_NAME", message, location)


def _assignments(flow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in flow["States"].items():
        holders = [(name, state)]
        for field in ("Choices", "Catch"):
            holders += [
                (f"{name}/{field}[{index}]", entry) for index, entry in enumerate(state.get(field, []))
            ]
        for place, holder in holders:
            if isinstance(holder.get("Assign"), dict):
                yield f"{place}/Assign", holder["Assign"]
