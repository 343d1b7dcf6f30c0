"""What a run's training took, summed over its jobs however they ended: a ladder that fails has spent, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.failure_record import Effort
from contracts.run import Outcome
from functions.pipeline.record_outcome.costs import Job, total_usd


def effort_of(record: Mapping[str, Any], jobs: Sequence[Job]) -> Effort | None:
    """The training jobs of all laps and candidates together; None for a run that trained nothing."""
    training = [job for job in jobs if job.kind == "training"]
    if not training:
        return None
    trained = sum(job.training_seconds * job.instance_count for job in training)
    return Effort(
        attempts=len(training),
        spot_windows=sum(job.is_spot for job in training),
        interruptions=sum(job.interruptions for job in training),
        training_seconds=trained,
        billable_seconds=sum(job.billable_seconds * job.instance_count for job in training),
        lost_seconds=_lost_seconds(record, trained),
        cost_usd=total_usd(training),
    )


def _lost_seconds(record: Mapping[str, Any], trained: int) -> int | None:
    """All of it once training has failed, since checkpoints and models are removed; else what the winner's
    ladder repeated. Of a run that was stopped it isn't known: a redrive goes on from the checkpoints."""
    if record["outcome"] == Outcome.TRAINING_FAILED.value and record["recorded_by"] == "run":
        return trained
    winner = record["candidate"] or {}
    return winner.get("lost_seconds")
