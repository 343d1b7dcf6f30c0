"""What the program would deploy for a stack, as far as a simulated run needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from rehearsal.asl.execution import Machine
from rehearsal.program.deployment import Deployment
from rehearsal.program.run import record
from rehearsal.workplace import ROOT

MACHINE = "aws:sfn/stateMachine:StateMachine"
FUNCTION = "aws:lambda/function:Function"


@dataclass(frozen=True)
class SimulatedStack:
    """Machines by the program's names for them (`train_candidate`), environments of functions by theirs."""

    name: str
    machines: Mapping[str, Machine]
    environments: Mapping[str, Mapping[str, str]]

    def machine_name(self, machine_arn: str) -> str:
        """The program's name for a machine; that of its parent for the children of a Distributed Map."""
        return self._names[machine_arn.split("/")[0]]

    @cached_property
    def _names(self) -> dict[str, str]:
        """The program's names by machine ARN."""
        return {machine.arn: name for name, machine in self.machines.items()}


@cache
def simulated_stack(name: str, root: Path = ROOT) -> SimulatedStack:
    """Record the program for a stack; the definitions are those that would be deployed, rendered."""
    return as_simulated(record(root, name))


def as_simulated(recorded: Deployment) -> SimulatedStack:
    """The machines and environments of a recorded program."""
    machines = {
        resource.name: Machine(
            str(resource.outputs["arn"]),
            str(resource.inputs["name"]),
            str(resource.inputs["roleArn"]),
            resource.inputs["definition"],
            resource.inputs.get("type", "STANDARD"),
        )
        for resource in recorded.of_type(MACHINE)
    }
    environments = {
        resource.name: dict((resource.inputs.get("environment") or {}).get("variables", {}))
        for resource in recorded.of_type(FUNCTION)
    }
    return SimulatedStack(recorded.stack, machines, environments)
