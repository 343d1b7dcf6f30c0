from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.failures import FAILURES
from functions.training.classify_failure import handler
from functions.training.classify_failure.classification import classify
from functions.training.classify_failure.evidence import read_cause
from functions.training.classify_failure.recovery import lower_rate, smaller_batch

MESSAGES = json.loads((Path(__file__).parent / "failure_messages.json").read_text())
LIMITS = {"min_batch_size": 16, "rate_factor": 0.5}


def cause_of(message: dict[str, Any]) -> str:
    if "text" in message:
        return str(message["text"])
    description = {"TrainingJobName": "j", "TrainingJobStatus": "Failed", "SecondaryStatus": "Failed"}
    return json.dumps(message.get("cause") or {**description, "FailureReason": message["reason"]})


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["name"])
def test_every_message_that_was_seen_is_classified_as_it_was_meant(message: dict[str, Any]) -> None:
    assert classify(message["error"], cause_of(message)).kind.__name__ == message["kind"]


@pytest.mark.parametrize("message", [one for one in MESSAGES if "reason" in one], ids=lambda one: one["name"])
def test_a_cause_that_was_cut_after_its_reason_is_classified_the_same(message: dict[str, Any]) -> None:
    whole = cause_of(message)
    cut = whole[:-2] + '", "AlgorithmSpecification": {"TrainingImage": "1111'
    with pytest.raises(ValueError, match=r".+"):
        json.loads(cut)
    assert classify(message["error"], cut).kind.__name__ == message["kind"]


def test_the_message_says_what_the_container_wrote_without_its_wrapping() -> None:
    line = 'AlgorithmError: {"error": "OutOfMemory", "message": "batch of 512 rows"}, exit code: 1'
    assert classify("States.TaskFailed", json.dumps({"FailureReason": line})).message == "batch of 512 rows"


def test_billed_time_is_read_from_whole_and_cut_causes_alike() -> None:
    whole = json.dumps({"BillableTimeInSeconds": 77, "FailureReason": "x"})
    assert read_cause(whole).billable_seconds == 77
    assert read_cause(whole[:-1]).billable_seconds == 77


@given(st.text(), st.text())
def test_no_error_and_cause_whatever_they_are_break_the_classifier(error: str, cause: str) -> None:
    assert classify(error, cause).kind.__name__ in FAILURES


@given(
    st.dictionaries(st.sampled_from(["FailureReason", "TrainingJobStatus", "errorMessage"]), st.integers())
)
def test_fields_of_a_wrong_type_are_taken_for_absent(fields: dict[str, int]) -> None:
    assert classify("States.TaskFailed", json.dumps(fields)).kind.__name__ == "UnknownFailure"


def test_half_a_batch_takes_half_the_rate_until_the_floor() -> None:
    first = smaller_batch({"batch_size": "40", "learning_rate": "0.1"}, 16)
    assert first == {"batch_size": "20", "learning_rate": "0.05"}
    assert smaller_batch(first, 16) is None
    assert smaller_batch({"max_depth": "6"}, 16) is None


def test_a_rate_is_lowered_under_either_of_its_names_only() -> None:
    assert lower_rate({"eta": "0.3", "max_depth": "6"}, 0.5) == {"eta": "0.15", "max_depth": "6"}
    assert lower_rate({"max_depth": "6"}, 0.5) is None


@pytest.fixture
def verdict_on(fake_s3: Any, environment: pytest.MonkeyPatch) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)

    def run(known_checkpoint: str, **hyperparameters: str) -> dict[str, Any]:
        event = {
            "failure": {"Error": "States.TaskFailed", "Cause": cause_of(MESSAGES[0])},
            "checkpoint_uri": "s3://artifacts/pipeline/r/checkpoints/lap0-0",
            "checkpoint": known_checkpoint,
            "hyperparameters": hyperparameters,
            "recovery": LIMITS,
        }
        return dict(handler.handle(event, None))

    return run


def test_a_newer_checkpoint_counts_as_progress_and_the_same_one_does_not(
    verdict_on: Any, fake_s3: Any
) -> None:
    assert verdict_on("")["has_progressed"] is False
    fake_s3.put_object("artifacts", "pipeline/r/checkpoints/lap0-0/9.ubj", b"nine")
    fake_s3.put_object("artifacts", "pipeline/r/checkpoints/lap0-0/10.ubj", b"ten")
    first = verdict_on("")
    assert first["has_progressed"] is True
    assert "10.ubj" in first["checkpoint"]
    assert verdict_on(first["checkpoint"])["has_progressed"] is False


def test_checkpoints_of_another_candidate_are_nobody_elses_progress(verdict_on: Any, fake_s3: Any) -> None:
    fake_s3.put_object("artifacts", "pipeline/r/checkpoints/lap0-01/9.ubj", b"nine")
    assert verdict_on("")["has_progressed"] is False


def test_changes_that_are_not_possible_are_left_out_of_the_verdict(verdict_on: Any) -> None:
    verdict = verdict_on("", learning_rate="0.1")
    assert verdict["lower_rate"] == {"learning_rate": "0.05"}
    assert "smaller_batch" not in verdict
    assert (verdict["kind"], verdict["billable_seconds"]) == ("SpotExhausted", 40)
