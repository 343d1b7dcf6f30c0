"""The record of a finished run: what became of it, why, what it cost and what was cleaned up after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from contracts.artifacts import RunKeys
from contracts.failure_record import FailureRecord
from contracts.message import message
from contracts.run import Outcome
from functions.pipeline.record_outcome.costs import Job, total_usd
from functions.pipeline.record_outcome.effort import effort_of
from functions.pipeline.record_outcome.failure import told

# What workflows and compensations have undone on the way to each outcome.
CLEANED_UP: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.DEPLOYED: ("checkpoints", "scoring models", "staging endpoint"),
    Outcome.DATA_REJECTED: ("refused files moved to dead-letter/",),
    Outcome.TRAINING_FAILED: ("checkpoints", "partial models"),
    Outcome.EVALUATION_FAILED: ("checkpoints", "scoring models", "evaluation artifacts"),
    Outcome.MODEL_REJECTED: ("checkpoints", "scoring models"),
    Outcome.APPROVAL_REJECTED: ("checkpoints", "scoring models", "model package rejected"),
    Outcome.APPROVAL_EXPIRED: ("checkpoints", "scoring models", "model package rejected"),
    Outcome.DEPLOYMENT_ROLLED_BACK: (
        "checkpoints",
        "scoring models",
        "live endpoint on its previous configuration",
        "staging endpoint",
        "model package rejected",
    ),
}
JANITOR = "janitor"
FROM_WORKFLOW = ("data", "dataset", "shift", "candidate", "comparison", "evaluation", "deployment")


def record_of(event: Mapping[str, Any], jobs: Sequence[Job], ended_at: datetime) -> dict[str, Any]:
    """The document written to `pipeline/<run>/outcome.json`."""
    explanation, started_at = event["explanation"], datetime.fromisoformat(event["started_at"])
    outcome = Outcome(explanation["outcome"])
    document = {
        "run": event["run"],
        "outcome": outcome.value,
        "why": explanation["why"],
        "stage": explanation["stage"],
        "error": explanation["error"],
        "evidence": explanation["evidence"],
        "next_step": explanation["next_step"],
        # The janitor says what it found; a run that ended by itself has been through its workflow.
        "cleaned_up": list(event.get("cleaned_up", CLEANED_UP.get(outcome, ()))),
        "recorded_by": event.get("recorded_by", "run"),
        "attempt": event.get("attempt", 0),
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "duration_seconds": round((ended_at - started_at).total_seconds(), 3),
        "cost_usd": total_usd(jobs),
        "jobs": [job.to_dict() for job in jobs],
        **{name: event.get(name) for name in FROM_WORKFLOW},
    }
    effort = effort_of(document, jobs)
    return {**document, "effort": asdict(effort) if effort else None}


def is_by_janitor(record: Mapping[str, Any]) -> bool:
    """Whether the run itself said nothing."""
    return record.get("recorded_by") == JANITOR


def has_reached(record: Mapping[str, Any], attempt: int) -> bool:
    """Whether the record is about that attempt or a later one: how often the execution had been redriven. No
    clock is asked, since the function's may be wrong: the janitor would take the run's last word for an older
    one."""
    return bool(record.get("attempt", 0) >= attempt)


def is_last_word(record: Mapping[str, Any], attempt: int) -> bool:
    """Whether the janitor leaves the record as it is: the run's own, or one of a later attempt."""
    return not is_by_janitor(record) or has_reached(record, attempt + 1)


def merged(record: dict[str, Any], earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    """The janitor's record with what it had undone before: it looks again until all has settled."""
    if earlier is None:
        return record
    undone = dict.fromkeys([*earlier["cleaned_up"], *record["cleaned_up"]])
    return {**record, "cleaned_up": list(undone), "ended_at": earlier["ended_at"]}


def alert_of(record: Mapping[str, Any], failure: FailureRecord) -> dict[str, str]:
    """Subject and message for whoever is on call: the one alert of a run, with all that the record knows."""
    run = record["run"]
    lines = [
        f"Run {run['id']} of {run['pipeline']} ended as {failure.outcome} in {failure.stage}.",
        f"Why: {failure.why}",
        f"Class: {failure.error} ({failure.root})",
        f"Next: {failure.next_step}",
        *told(failure),
        f"Cleaned up: {', '.join(record['cleaned_up']) or 'nothing had to be'}",
        f"Started by {run['trigger']}: {run['reason']}",
        f"Execution: {run['arn']}",
        f"Open: {console_url(run['arn'])}",
        *(f"Evidence: {item}" for item in failure.evidence),
        f"Record: {RunKeys(run['id']).failure} in the artifacts bucket",
    ]
    return message(f"{run['pipeline']}: {failure.outcome} ({run['id']})", lines)


def console_url(execution_arn: str) -> str:
    """Where a person sees the execution: one click from the alert."""
    region = (execution_arn.split(":") + [""] * 4)[3]
    console = f"https://{region}.console.aws.amazon.com/states/home?region={region}"
    return f"{console}#/v2/executions/details/{execution_arn}"


def statistics_to_promote(record: Mapping[str, Any], *, has_baseline: bool) -> str | None:
    """Where the statistics lie that become the dataset's baseline: the live model's, or the first ones."""
    statistics_uri = (record.get("dataset") or {}).get("statistics_uri")
    is_wanted = record["outcome"] == Outcome.DEPLOYED.value or not has_baseline
    return statistics_uri if statistics_uri and is_wanted else None
