"""The failure record of a run: its explanation, the job that failed last, and that job's last lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.failure_record import Effort, FailedJob, FailureRecord, LogTail
from contracts.failures import root_of
from functions.pipeline.record_outcome.costs import Job
from functions.pipeline.record_outcome.redaction import without_secrets

KINDS_OF_STAGE = {
    "data_preparation": ("processing",),
    "training": ("training",),
    "evaluation": ("transform", "processing"),
}
ENDED_BADLY = ("Failed", "Stopped")
LINES_TOLD = 8
REASON_TOLD = 300


def failed_jobs(stage: str, jobs: Sequence[Job]) -> list[Job]:
    """The stage's jobs that ended badly, oldest first: a ladder that went on has failed by the last."""
    kinds = KINDS_OF_STAGE.get(stage, ())
    found = [job for job in jobs if job.kind in kinds and job.status in ENDED_BADLY]
    return sorted(found, key=lambda job: job.created_at)


def failure_record(
    record: Mapping[str, Any], details: str, failed: Sequence[Job], log: LogTail | None
) -> FailureRecord:
    """The document written to `pipeline/<run>/failure.json`; `record` is the run's own.

    `details` is the explanation at length; empty where there is nothing beyond `why`.
    """
    last = failed[-1] if failed else None
    return FailureRecord(
        run_id=record["run"]["id"],
        execution_arn=record["run"]["arn"],
        outcome=record["outcome"],
        stage=record["stage"],
        error=record["error"] or "UnknownFailure",
        root=root_of(record["error"]),
        why=without_secrets(details or record["why"]),
        next_step=record["next_step"] or "Open the execution in the Step Functions console",
        evidence=tuple(dict.fromkeys(record["evidence"])),
        failed_jobs=len(failed),
        effort=Effort(**record["effort"]) if record["effort"] else None,
        job=FailedJob(
            kind=last.kind,
            name=last.name,
            status=last.status,
            reason=last.reason,
            instance_type=last.instance_type,
            is_spot=last.is_spot,
        )
        if last
        else None,
        log=log,
        recorded_at=record["ended_at"],
    )


def told(failure: FailureRecord) -> list[str]:
    """What an alert says of the job: bounded, because people read it on a phone."""
    if failure.job is None:
        return []
    job = failure.job
    spot = " spot" if job.is_spot else ""
    reason = f": {job.reason[:REASON_TOLD]}" if job.reason else ""
    lines = [f"Job: {job.name} ({job.kind} on {job.instance_type}{spot}) {job.status}{reason}"]
    if failure.failed_jobs > 1:
        lines.append(f"Failed jobs in this stage: {failure.failed_jobs}")
    if failure.effort:
        lines.append(f"Training took: {failure.effort.text}")
    if failure.log and failure.log.lines:
        lines += ["Its last lines:", *(f"  {line}" for line in failure.log.lines[-LINES_TOLD:])]
    return lines
