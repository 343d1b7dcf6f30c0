"""The verdict on an attempt: its class, whether its checkpoint advanced, what it wasted, what may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.failures import NameCollision, ServiceUnavailable
from functions.training.classify_failure.classification import Classified
from functions.training.classify_failure.evidence import Evidence
from functions.training.classify_failure.recovery import changes

MESSAGE_CHARACTERS = 4000


@dataclass(frozen=True)
class Checkpoint:
    """The newest object of a candidate's checkpoints: key and ETag, and when it was written (epoch s)."""

    identity: str
    written_at: float


def verdict_on(classified: Classified, newest: Checkpoint | None, event: Mapping[str, Any]) -> dict[str, Any]:
    """What the ladder chooses its next rung by; `event` is the function's."""
    evidence, spent = classified.evidence, event["spent"]
    has_progressed = newest is not None and newest.identity != event["checkpoint"]
    # SageMaker reports wall-clock time; every host of the job trains, and is billed, for as long.
    hosts = spent["hosts"]
    billable_seconds = spent["billable_seconds"] + evidence.billable_seconds * hosts
    attempt_seconds, cap = spent["attempt_seconds"] * hosts, spent["max_billable_seconds"]
    saved = newest if has_progressed else None
    return {
        "kind": classified.kind.__name__,
        "message": classified.message[:MESSAGE_CHARACTERS],
        "is_transient": issubclass(classified.kind, (ServiceUnavailable, NameCollision)),
        "has_progressed": has_progressed,
        "checkpoint": newest.identity if newest else "",
        "is_affordable": billable_seconds + attempt_seconds <= cap,
        "is_scaling_affordable": billable_seconds + 2 * attempt_seconds <= cap,
        "spent": {
            "billable_seconds": billable_seconds,
            "training_seconds": spent["training_seconds"] + evidence.training_seconds * hosts,
            "lost_seconds": spent["lost_seconds"] + lost_seconds(evidence, saved) * hosts,
            "interruptions": spent["interruptions"] + evidence.interruptions,
        },
        **changes(event["hyperparameters"], event["recovery"]),
    }


def lost_seconds(evidence: Evidence, saved: Checkpoint | None) -> int:
    """A host's training that no later attempt can use: all of it, or what came after the checkpoint it saved.

    What an interruption inside a job costs SageMaker tells nobody: at most a checkpoint interval each, and
    not counted here.
    """
    if saved is None or evidence.ended_at is None:
        return evidence.training_seconds
    return round(min(max(0.0, evidence.ended_at - saved.written_at), evidence.training_seconds))
