"""Renders every state machine of every stack as it would be deployed, and lints it."""

from __future__ import annotations

from pathlib import Path

from rehearsal.program.run import record
from rehearsal.stepfunctions.definitions import findings_of
from rehearsal.workplace import ROOT

MACHINE = "aws:sfn/stateMachine:StateMachine"


def stacks(root: Path = ROOT) -> list[str]:
    """Names of the stacks that have settings."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))


def render_all(out: Path) -> list[str]:
    """Write `<out>/<stack>/<machine>.asl.json`; returns the findings of our lint, one line each."""
    findings = []
    for stack in stacks():
        for machine in record(ROOT, stack).of_type(MACHINE):
            path = out / stack / f"{machine.name}.asl.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(machine.inputs["definition"])
            kind = machine.inputs.get("type", "STANDARD")
            findings += [f"{path}: {found}" for found in findings_of(machine.inputs["definition"], kind)]
    return findings
