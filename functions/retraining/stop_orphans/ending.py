"""The ending of a run that could not record its own."""

from __future__ import annotations

from typing import Any

from functions.retraining.stop_orphans.progress import Progress
from functions.retraining.stop_orphans.stopped_run import StoppedRun

WHY = {
    "ABORTED": "somebody stopped the execution",
    "TIMED_OUT": "the run was not over by its deadline",
    "FAILED": "the run failed and could not record why",
}
UNDONE = {
    "executions": "stopped",
    "jobs": "stopped",
    "endpoints": "deleted staging endpoint",
    "configurations": "deleted",
    "models": "deleted",
    "packages": "rejected",
    "locks": "freed the deployment lock of",
}


def ending_of(run: StoppedRun, pipeline: str, progress: Progress) -> dict[str, Any]:
    """The event for record_outcome."""
    return {
        "run": {
            "id": run.id,
            "arn": run.arn,
            "prefix": f"pipeline/{run.id}",
            "trigger": "unknown",
            "reason": "see the execution's input",
            "pipeline": pipeline,
        },
        "started_at": run.started_at.isoformat(),
        "attempt": run.attempt,
        "recorded_by": "janitor",
        "explanation": {
            "outcome": "RunFailed",
            "stage": "pipeline",
            "error": "OperatorStopped" if run.status == "ABORTED" else "RunFailed",
            "why": f"{WHY[run.status]} ({run.status})",
            "evidence": [run.arn, *_refusal(progress)],
            "next_step": _next_step(is_released=progress.is_released),
        },
        "cleaned_up": [f"{UNDONE[kind]} {name}" for kind, names in progress.undone.items() for name in names],
    }


def _refusal(progress: Progress) -> list[str]:
    """Why there may be more to clean up than was: it is tried again, and at last becomes a dead letter."""
    return [f"Cleaning up will be tried again: {progress.refusal}"] if progress.refusal else []


def _next_step(*, is_released: bool) -> str:
    if is_released:
        return (
            "The live endpoint serves this run's model, which had not passed all its tests: "
            "watch it, or update the endpoint back to its previous configuration"
        )
    return "Redrive the execution to go on where it was stopped, or start a new run"
