"""Renders every state machine of every stack as it would be deployed, and lints it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rehearsal.program.deployment import Deployment
from rehearsal.program.run import record
from rehearsal.stepfunctions.definitions import findings_of
from rehearsal.workplace import ROOT

MACHINE = "aws:sfn/stateMachine:StateMachine"


def stacks(root: Path = ROOT) -> list[str]:
    """Names of the stacks that have settings."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))


def render_all(out: Path) -> list[str]:
    """Write `<out>/<stack>/<machine>.asl.json`; returns the findings of our lint, one line each."""
    names = stacks()
    for name in names:  # before the program runs, so that a folder which can't be written is said at once
        (out / name).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        recorded = list(pool.map(partial(record, ROOT), names))
    return [finding for stack in recorded for finding in _render(stack, out / stack.stack)]


def _render(recorded: Deployment, folder: Path) -> Iterator[str]:
    for machine in recorded.of_type(MACHINE):
        path = folder / f"{machine.name}.asl.json"
        path.write_text(machine.inputs["definition"])
        for found in findings_of(machine.inputs["definition"], machine.inputs.get("type", "STANDARD")):
            yield f"{path}: {found}"
