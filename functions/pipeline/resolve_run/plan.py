"""Turns a run's context and the stack's settings into the plan that the stages follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.artifacts import contract_key, incoming_prefix
from contracts.failures import ContextRejected, DataMissing
from contracts.hyperparameters import refusals
from contracts.landing import CLOSED, complete_months
from contracts.run import RunContext, Trigger, Urgency, Window


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What the stack's settings say where the context says nothing."""

    dataset: str
    window_months: int
    drift_window_months: int
    algorithm: str
    uses_spot: bool
    uses_sweep: bool
    max_laps: int
    is_approval_required: bool
    approval_timeout_seconds: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Defaults:
        """Reads the function's environment; a missing variable is a KeyError that names it."""
        return cls(
            dataset=environment["DATASET"],
            window_months=int(environment["WINDOW_MONTHS"]),
            drift_window_months=int(environment["DRIFT_WINDOW_MONTHS"]),
            algorithm=environment["ALGORITHM"],
            uses_spot=environment["USES_SPOT"] == "true",
            uses_sweep=environment["USES_SWEEP"] == "true",
            max_laps=int(environment["MAX_LAPS"]),
            is_approval_required=environment["IS_APPROVAL_REQUIRED"] == "true",
            approval_timeout_seconds=int(environment["APPROVAL_TIMEOUT_SECONDS"]),
        )


def dataset_of(context: RunContext, defaults: Defaults) -> str:
    """The dataset the run works on: one pipeline serves one dataset, so another one is refused."""
    if context.dataset not in (None, defaults.dataset):
        raise ContextRejected.about(
            "context.dataset",
            context.dataset,
            f"this pipeline serves {defaults.dataset}",
            "Leave the field out, or start the pipeline of that dataset",
        )
    return defaults.dataset


def refuse_unsupported(context: RunContext) -> None:
    """Refuses by name what the context may say but this pipeline does not do."""
    if context.rerun_from:
        raise ContextRejected.about(
            "context.rerun_from",
            context.rerun_from,
            "partial reruns are not supported by this pipeline",
            "Leave rerun_from and reuse_run out; redrive the failed execution to go on where it stopped",
        )


def refuse_hyperparameters(context: RunContext, defaults: Defaults) -> None:
    """Refuses overrides that no training job can take, before a job of another stage is paid for."""
    given = context.overrides.hyperparameters
    for name, rule in refusals(defaults.algorithm, given, uses_spot=defaults.uses_spot):
        raise ContextRejected.about(
            f"context.overrides.hyperparameters.{name}",
            given[name],
            f"it {rule}",
            "Correct it and start again",
        )


def choose_window(context: RunContext, defaults: Defaults, keys: Iterable[str]) -> Window:
    """The context's window, or the newest landed months; a drift run looks further back.

    Raises DataMissing when nothing has landed.
    """
    if context.window:
        return context.window
    dataset = dataset_of(context, defaults)
    landed = sorted(complete_months(dataset, keys))
    if not landed:
        raise DataMissing(
            f"no month lies under {incoming_prefix(dataset)}: land a file named YYYY-MM.parquet or .csv, or "
            f"parts in YYYY-MM/ and then YYYY-MM/{CLOSED}"
        )
    months = defaults.drift_window_months if context.trigger is Trigger.DRIFT else defaults.window_months
    return Window(start=landed[-months:][0], end=landed[-1])


def plan_run(
    context: RunContext, defaults: Defaults, run: Mapping[str, Any], window: Window, bucket: str
) -> dict[str, Any]:
    """The plan: `run`, `data`, `training` and `approval` as the stages take them."""
    dataset = dataset_of(context, defaults)
    overrides = context.overrides
    uses_sweep = defaults.uses_sweep if overrides.uses_sweep is None else overrides.uses_sweep
    return {
        "run": {**run, "trigger": context.trigger.value, "reason": context.reason},
        "data": {
            "dataset": dataset,
            "contract_uri": f"s3://{bucket}/{contract_key(dataset)}",
            "window": window.to_dict(),
        },
        "training": {
            "uses_sweep": uses_sweep and context.urgency is not Urgency.URGENT,
            "hyperparameters": dict(overrides.hyperparameters),
            "max_laps": defaults.max_laps if overrides.max_laps is None else overrides.max_laps,
            "lap": 0,
        },
        "approval": {
            "is_required": defaults.is_approval_required,
            "timeout_seconds": defaults.approval_timeout_seconds,
            "requested_by": context.requested_by,
        },
    }
