"""What may start a run (RunContext), whoever sent it, and the closed list of ways in which one ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contracts.document import Document, Number, read_document
from contracts.failures import ContextRejected

MONTH = r"\d{4}-(0[1-9]|1[0-2])"
DATASET = r"[a-z][a-z0-9_]{0,62}"
RUN_STOPPED = "its run was stopped"  # why the janitor rejected a package: a redriven run approves it again
STAGES = ("data_preparation", "training", "evaluation", "approval", "deployment")
_HYPERPARAMETER = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Trigger(StrEnum):
    """Who or what asked for the run."""

    SCHEDULE = "schedule"
    DRIFT = "drift"
    DEGRADATION = "degradation"
    DATA_VOLUME = "data_volume"
    MANUAL = "manual"


class Urgency(StrEnum):
    """Whether the run may take its time; an urgent one trains a single candidate."""

    NORMAL = "normal"
    URGENT = "urgent"


class Outcome(StrEnum):
    """Every way a run can end; each run ends in exactly one. All but the first and the last are failures."""

    DEPLOYED = "Deployed"
    CONTEXT_REJECTED = "ContextRejected"
    DATA_REJECTED = "DataRejected"
    DATA_SHIFTED = "DataShifted"
    PREPARATION_FAILED = "PreparationFailed"
    TRAINING_FAILED = "TrainingFailed"
    EVALUATION_FAILED = "EvaluationFailed"
    MODEL_REJECTED = "ModelRejected"
    APPROVAL_REJECTED = "ApprovalRejected"
    APPROVAL_EXPIRED = "ApprovalExpired"
    DEPLOYMENT_ROLLED_BACK = "DeploymentRolledBack"
    RUN_FAILED = "RunFailed"
    RUN_SKIPPED = "RunSkipped"

    @property
    def is_failure(self) -> bool:
        """Whether somebody should hear of it: a skipped run did nothing, so it is none."""
        return self not in (Outcome.DEPLOYED, Outcome.RUN_SKIPPED)


@dataclass(frozen=True, kw_only=True)
class Window:
    """The months of data a run works on, both included, as "YYYY-MM"."""

    start: str
    end: str

    @classmethod
    def read(cls, document: Document) -> Window:
        """Reads `window`; its start may not lie after its end."""
        window = cls(start=document.text("start", MONTH), end=document.text("end", MONTH))
        if window.start > window.end:
            raise document.refuse("start", f"it must not lie after the window's end, {window.end}")
        return window

    def to_dict(self) -> dict[str, str]:
        """The JSON form."""
        return {"start": self.start, "end": self.end}


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What this one run does differently from the stack's settings; None and empty mean: as set."""

    uses_sweep: bool | None = None
    max_laps: int | None = None
    hyperparameters: Mapping[str, Number | str] = field(default_factory=dict)

    @classmethod
    def read(cls, document: Document) -> Overrides:
        """Reads `overrides`."""
        return cls(
            uses_sweep=document.flag("uses_sweep") if document.has("uses_sweep") else None,
            max_laps=document.whole("max_laps", 0, 5) if document.has("max_laps") else None,
            hyperparameters=_hyperparameters(document) if document.has("hyperparameters") else {},
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without what is not overridden."""
        fields = {
            "uses_sweep": self.uses_sweep,
            "max_laps": self.max_laps,
            "hyperparameters": dict(self.hyperparameters) or None,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """The request for a run, whatever sent it. `window` and `dataset` default to the stack's settings."""

    trigger: Trigger
    reason: str
    requested_by: str
    urgency: Urgency = Urgency.NORMAL
    dataset: str | None = None
    window: Window | None = None
    overrides: Overrides = field(default_factory=Overrides)
    rerun_from: str | None = None
    reuse_run: str | None = None

    @classmethod
    def from_dict(cls, value: object) -> RunContext:
        """Reads the JSON form strictly; raises ContextRejected naming the field, the value and the rule."""
        return read_document(value, "context", ContextRejected, _read_context)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without absent optional fields."""
        fields = {
            "trigger": self.trigger.value,
            "reason": self.reason,
            "requested_by": self.requested_by,
            "urgency": self.urgency.value,
            "dataset": self.dataset,
            "window": self.window.to_dict() if self.window else None,
            "overrides": self.overrides.to_dict() or None,
            "rerun_from": self.rerun_from,
            "reuse_run": self.reuse_run,
        }
        return {name: value for name, value in fields.items() if value is not None}


def _read_context(document: Document) -> RunContext:
    context = RunContext(
        trigger=Trigger(document.one_of("trigger", list(Trigger))),
        reason=document.text("reason", r"(?s).{1,500}"),
        requested_by=document.text("requested_by", r"[^\s].{0,255}"),
        urgency=Urgency(document.one_of("urgency", list(Urgency)))
        if document.has("urgency")
        else Urgency.NORMAL,
        dataset=document.text("dataset", DATASET) if document.has("dataset") else None,
        window=document.nested("window", Window.read) if document.has("window") else None,
        overrides=document.nested("overrides", Overrides.read) if document.has("overrides") else Overrides(),
        rerun_from=document.one_of("rerun_from", STAGES) if document.has("rerun_from") else None,
        reuse_run=document.text("reuse_run", r"[A-Za-z0-9_-]{1,80}") if document.has("reuse_run") else None,
    )
    if (context.rerun_from is None) != (context.reuse_run is None):
        raise document.refuse(
            "rerun_from", "it goes together with reuse_run, the run it reuses: give both or none"
        )
    return context


def _hyperparameters(document: Document) -> dict[str, Number | str]:
    values = document.value("hyperparameters")
    is_valid = isinstance(values, Mapping) and all(
        isinstance(name, str)
        and _HYPERPARAMETER.fullmatch(name)
        and isinstance(value, (int, float, str))
        and not isinstance(value, bool)
        for name, value in values.items()
    )
    if not is_valid:
        raise document.refuse("hyperparameters", "it must map names like learning_rate to numbers or texts")
    return dict(values)
