"""What training took, over all jobs of a run: of ladders that failed or were stopped, on several hosts."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.failure_record import Effort, spoken
from functions.pipeline.record_outcome.costs import Job
from functions.pipeline.record_outcome.effort import effort_of

FAILED = {"outcome": "TrainingFailed", "recorded_by": "run", "candidate": None}


def job(**fields: Any) -> Job:
    usual = {
        "kind": "training",
        "name": "job",
        "status": "Failed",
        "instance_type": "ml.m5.xlarge",
        "instance_count": 1,
        "billable_seconds": 100,
        "training_seconds": 300,
        "interruptions": 1,
        "is_spot": True,
        "cost_usd": 0.25,
        "created_at": "2026-01-01T00:00:00+00:00",
        "reason": "",
    }
    return Job(**{**usual, **fields})


def test_a_failed_ladder_has_spent_all_that_its_attempts_took_and_keeps_nothing() -> None:
    on_demand = job(is_spot=False, billable_seconds=300, interruptions=0, instance_count=2)
    effort = effort_of(FAILED, [job(), job(), on_demand, job(kind="processing")])
    assert effort == Effort(
        attempts=3,
        spot_windows=2,
        interruptions=2,
        training_seconds=300 + 300 + 2 * 300,
        billable_seconds=100 + 100 + 2 * 300,
        lost_seconds=1200,
        cost_usd=0.75,
    )
    assert effort.text == (
        "3 training jobs, 2 on spot, 2 interruptions; 20 min trained, all of it lost; 13 min billed, $0.7500"
    )


@pytest.mark.parametrize(
    ("record", "lost"),
    [
        ({**FAILED, "recorded_by": "janitor"}, None),
        ({"outcome": "Deployed", "recorded_by": "run", "candidate": {"lost_seconds": 40}}, 40),
        ({"outcome": "EvaluationFailed", "recorded_by": "run", "candidate": {"id": "tuned"}}, None),
    ],
    ids=["a redrive may resume", "the winner's ladder", "nobody said"],
)
def test_what_is_lost_is_said_where_it_is_known(record: dict[str, Any], lost: int | None) -> None:
    effort = effort_of(record, [job()])
    assert effort is not None and effort.lost_seconds == lost


def test_a_run_that_trained_nothing_has_no_effort() -> None:
    assert effort_of({**FAILED, "outcome": "DataRejected"}, [job(kind="processing")]) is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2.0 h")]
)
def test_durations_are_said_as_people_say_them(seconds: int, text: str) -> None:
    assert spoken(seconds) == text
