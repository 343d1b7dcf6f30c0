"""A simulated scenario: what the run finds, which faults it meets, how it must end and what must be left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.simulated.faults import Fault
from rehearsal.simulated.world import Facts

CONTEXT: Mapping[str, Any] = {
    "trigger": "manual",
    "reason": "a simulated run",
    "requested_by": "rehearsal",
}


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """One scenario by name. `path` are states of any machine that must be entered, in this order."""

    name: str
    outcome: str
    path: tuple[str, ...] = ()
    facts: Facts = field(default_factory=Facts)
    faults: tuple[Fault, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    """Training settings over the stack's, as the program hands them to plan_training."""
    stack: str = "dev"
    seed: int = 1
    leaves: tuple[str, ...] = ()
    """What may be left over nevertheless, as globs: each is explained where the scenario is written."""
    trained: int | None = None
    """How many training jobs it takes."""
    aborted_after: float | None = None
    """Seconds after which somebody stops the execution (StopExecution)."""
    deadline_seconds: int | None = None
    """The pipeline's own deadline, where it is not the stack's."""
    redriven_after: float | None = None
    """Seconds after which somebody redrives the execution that was stopped or ran out of time."""
    next_run_after: float | None = None
    """Seconds after which another run is started in the same account; it must go live."""
    error: str = ""
    """The error name in the record, where it says more than the outcome."""

    def environments(self, declared: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
        """The functions' environments with the scenario's own training settings."""
        planning = declared["plan_training"]
        settings = json.loads(planning["TRAINING"])
        for name, value in self.training.items():
            is_merged = name in ("ladder", "sweep")  # hyperparameters belong to one algorithm: replaced
            settings[name] = {**settings[name], **value} if is_merged else value
        return {**declared, "plan_training": {**planning, "TRAINING": json.dumps(settings)}}

    @property
    def request(self) -> dict[str, Any]:
        """The run's context."""
        return {**CONTEXT, **self.context}
