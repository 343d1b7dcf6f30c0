"""The ending of a run that could not record its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

WHY = {
    "ABORTED": "somebody stopped the execution",
    "TIMED_OUT": "the run was not over by its deadline",
}
UNDONE = {
    "executions": "stopped",
    "jobs": "stopped",
    "endpoints": "deleted staging endpoint",
    "packages": "rejected",
}


def ending_of(
    detail: Mapping[str, Any], pipeline: str, stopped: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """The event for record_outcome, from the status change of an execution (times in epoch milliseconds)."""
    run_id = str(detail["name"])
    started_at = datetime.fromtimestamp(int(detail["startDate"]) / 1000, UTC)
    status = str(detail["status"])
    return {
        "run": {
            "id": run_id,
            "arn": detail["executionArn"],
            "prefix": f"pipeline/{run_id}",
            "trigger": "unknown",
            "reason": "see the execution's input",
            "pipeline": pipeline,
        },
        "started_at": started_at.isoformat(),
        "explanation": {
            "outcome": "RunFailed",
            "stage": "pipeline",
            "error": "OperatorStopped" if status == "ABORTED" else "RunFailed",
            "why": f"{WHY[status]} ({status})",
            "evidence": [detail["executionArn"]],
            "next_step": "If a deployment was under way, check which configuration the live endpoint serves",
        },
        "cleaned_up": [f"{UNDONE[kind]} {name}" for kind, names in stopped.items() for name in names],
    }
