"""The transitions of a flow: every target exists, every state can be reached, and something ends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.asl.lint.findings import Findings


def check_graph(flow: dict[str, Any], location: str, findings: Findings) -> None:
    """Check one flow; branches and item processors are flows of their own."""
    states = flow["States"]
    if flow["StartAt"] not in states:
        _missing(flow["StartAt"], f"{location}/StartAt", findings)
    targets = {name: list(targets_of(state)) for name, state in states.items()}
    for name, transitions in targets.items():
        for target, field in transitions:
            if target not in states:
                _missing(target, f"{location}/States/{name}/{field}", findings)
    if not any(_is_terminal(state) for state in states.values()):
        findings.add("MISSING_END_STATE", "Workflow has no terminal state", None)
        return
    found = reached(
        flow["StartAt"], {name: [target for target, _ in pairs] for name, pairs in targets.items()}
    )
    for name in states:
        if name not in found:
            place = f"{location}/States/{name}"
            findings.add("MISSING_TRANSITION_TARGET", f'State "{name}" is not reachable.', place)


def _missing(target: str, location: str, findings: Findings) -> None:
    findings.add("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {target}", location)


def targets_of(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a state may lead, each with the field that says so."""
    if "Next" in state:
        yield state["Next"], "Next"
    for name in ("Choices", "Catch"):
        for index, entry in enumerate(state.get(name, [])):
            yield entry["Next"], f"{name}[{index}]/Next"
    if "Default" in state:
        yield state["Default"], "Default"


def _is_terminal(state: dict[str, Any]) -> bool:
    return state["Type"] in ("Succeed", "Fail") or state.get("End") is True


def reached(start: str, targets: dict[str, list[str]]) -> set[str]:
    """Every state that can be reached from one, itself included."""
    found: set[str] = set()
    pending = [start]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(targets.get(name, []))
    return found
