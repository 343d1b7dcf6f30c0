"""What the janitor says of a run that could not say it itself, and when somebody else has said more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contracts.run import Outcome
from functions.pipeline.record_outcome.record import (
    has_reached,
    is_by_janitor,
    is_last_word,
    merged,
    record_of,
)
from functions.retraining.stop_orphans.ending import ending_of
from functions.retraining.stop_orphans.progress import Progress
from functions.retraining.stop_orphans.stopped_run import StoppedRun

RUN = StoppedRun.from_detail(
    {"name": "run-1", "executionArn": "arn:run-1", "status": "TIMED_OUT", "startDate": 1767225600000}
)


def ended(run: StoppedRun = RUN, **undone: list[str]) -> dict[str, Any]:
    event = ending_of(run, "trainyard-dev", Progress(undone=undone))
    return record_of(event, [], datetime(2026, 1, 1, 0, 1, tzinfo=UTC))


def test_a_run_that_could_not_say_how_it_ended_gets_a_record_all_the_same() -> None:
    record = ended(jobs=["job-1"], packages=[])
    assert (record["outcome"], record["duration_seconds"]) == (Outcome.RUN_FAILED, 60)
    assert (record["evidence"], record["cleaned_up"]) == ([RUN.arn], ["stopped job-1"])
    assert is_by_janitor(record)


def test_a_record_written_again_keeps_what_was_undone_before_and_the_first_end() -> None:
    later = {**ended(models=["m"]), "ended_at": "2026-01-01T00:09:00+00:00"}
    record = merged(later, ended(jobs=["job-1"]))
    assert record["cleaned_up"] == ["stopped job-1", "deleted m"]
    assert record["ended_at"] == "2026-01-01T00:01:00+00:00"
    assert merged(record, record) == record


def test_the_record_of_an_attempt_before_a_redrive_is_not_the_one_of_this_attempt() -> None:
    assert has_reached(ended(), RUN.attempt) and not is_last_word(ended(), RUN.attempt)
    assert not has_reached(ended(), RUN.attempt + 1)


def test_the_janitor_leaves_the_record_of_a_later_attempt_alone() -> None:
    assert is_last_word(ended(replace(RUN, attempt=1)), RUN.attempt)


def test_the_next_step_says_when_the_live_endpoint_serves_the_stopped_runs_model() -> None:
    event = ending_of(RUN, "trainyard-dev", Progress(is_released=True))
    assert "previous configuration" in event["explanation"]["next_step"]


def test_a_pass_that_was_cut_short_says_why_it_will_be_tried_again() -> None:
    event = ending_of(RUN, "trainyard-dev", Progress(refusal="AccessDenied: StopTrainingJob"))
    assert event["explanation"]["evidence"][1].endswith("tried again: AccessDenied: StopTrainingJob")
