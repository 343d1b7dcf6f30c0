from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.failures import FAILURES
from functions.training.classify_failure import handler
from functions.training.classify_failure.classification import Classified, classify, family_of
from functions.training.classify_failure.evidence import read_cause
from functions.training.classify_failure.recovery import lower_rate, smaller_batch
from functions.training.classify_failure.verdict import Checkpoint, verdict_on

MESSAGES = json.loads((Path(__file__).parent / "failure_messages.json").read_text())
SPENT = {
    "billable_seconds": 60,
    "training_seconds": 0,
    "lost_seconds": 0,
    "interruptions": 1,
    "hosts": 1,
    "attempt_seconds": 100,
    "max_billable_seconds": 200,
}
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
def verdict_of(fake_s3: Any, environment: pytest.MonkeyPatch) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)

    def run(known_checkpoint: str, **hyperparameters: str) -> dict[str, Any]:
        event = {
            "failure": {"Error": "States.TaskFailed", "Cause": cause_of(MESSAGES[0])},
            "checkpoint_uri": "s3://artifacts/pipeline/r/checkpoints/lap0-0",
            "checkpoint": known_checkpoint,
            "hyperparameters": hyperparameters,
            "recovery": LIMITS,
            "spent": SPENT,
        }
        return dict(handler.handle(event, None))

    return run


def test_a_newer_checkpoint_counts_as_progress_and_the_same_one_does_not(
    verdict_of: Any, fake_s3: Any
) -> None:
    assert verdict_of("")["has_progressed"] is False
    fake_s3.put_object("artifacts", "pipeline/r/checkpoints/lap0-0/9.ubj", b"nine")
    fake_s3.put_object("artifacts", "pipeline/r/checkpoints/lap0-0/10.ubj", b"ten")
    first = verdict_of("")
    assert first["has_progressed"] is True
    assert "10.ubj" in first["checkpoint"]
    assert verdict_of(first["checkpoint"])["has_progressed"] is False


def test_checkpoints_of_another_candidate_are_nobody_elses_progress(verdict_of: Any, fake_s3: Any) -> None:
    fake_s3.put_object("artifacts", "pipeline/r/checkpoints/lap0-01/9.ubj", b"nine")
    assert verdict_of("")["has_progressed"] is False


def test_changes_that_are_not_possible_are_left_out_of_the_verdict(verdict_of: Any) -> None:
    verdict = verdict_of("", learning_rate="0.1")
    assert verdict["lower_rate"] == {"learning_rate": "0.05"}
    assert "smaller_batch" not in verdict
    assert (verdict["kind"], verdict["spent"]["billable_seconds"]) == ("SpotExhausted", 100)


ENDED = 1_700_000_000


def attempt(**fields: Any) -> Classified:
    description = {
        "TrainingJobStatus": "Stopped",
        "SecondaryStatus": "MaxWaitTimeExceeded",
        "BillableTimeInSeconds": 30,
        "TrainingTimeInSeconds": 90,
        "TrainingEndTime": ENDED * 1000,
        "SecondaryStatusTransitions": [{"Status": status} for status in ("Training", "Interrupted")],
    }
    return classify("States.TaskFailed", json.dumps({**description, **fields}))


def verdict(newest: Checkpoint | None, **spent: int) -> dict[str, Any]:
    event = {"checkpoint": "before", "hyperparameters": {}, "recovery": LIMITS, "spent": {**SPENT, **spent}}
    return verdict_on(attempt(), newest, event)


def test_what_came_after_the_newest_checkpoint_is_lost_and_the_rest_is_not() -> None:
    assert verdict(Checkpoint("later", ENDED - 25))["spent"]["lost_seconds"] == 25
    assert verdict(Checkpoint("later", ENDED + 5))["spent"]["lost_seconds"] == 0
    assert verdict(Checkpoint("later", ENDED - 500))["spent"]["lost_seconds"] == 90


@pytest.mark.parametrize("newest", [None, Checkpoint("before", ENDED)])
def test_an_attempt_whose_checkpoint_did_not_advance_is_lost_as_a_whole(newest: Any) -> None:
    assert verdict(newest)["spent"]["lost_seconds"] == 90


def test_time_and_interruptions_add_up_over_the_attempts() -> None:
    spent = verdict(None, billable_seconds=7, training_seconds=10, lost_seconds=4)["spent"]
    assert spent == {"billable_seconds": 37, "training_seconds": 100, "lost_seconds": 94, "interruptions": 2}


@pytest.mark.parametrize(("cap", "expected"), [(190, True), (189, False)])
def test_another_attempt_is_affordable_up_to_the_cap(cap: int, expected: bool) -> None:
    assert verdict(None, max_billable_seconds=cap)["is_affordable"] is expected


def test_a_cut_cause_tells_the_same_times_as_a_whole_one() -> None:
    whole = json.dumps(
        {
            "TrainingTimeInSeconds": 90,
            "TrainingEndTime": ENDED * 1000,
            "SecondaryStatusTransitions": [{"Status": "Interrupted"}],
        }
    )
    assert read_cause(whole[:-1]) == read_cause(whole)
    assert read_cause(whole).ended_at == ENDED


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("TrainingDiverged", "divergence"),
        ("SpotExhausted", "capacity"),
        ("HostOutOfMemory", "size"),
        ("DataMissing", "data"),
        ("ServiceUnavailable", "service"),
        ("OperatorStopped", "operator"),
        ("UnknownFailure", "code"),
    ],
)
def test_each_class_of_failure_belongs_to_one_family_of_alarms(kind: str, family: str) -> None:
    assert family_of(FAILURES[kind]) == family


def test_every_host_of_a_job_trains_loses_and_is_billed_for_its_time() -> None:
    found = verdict(None, hosts=4, max_billable_seconds=60 + 4 * 30 + 4 * 100)
    assert found["spent"]["billable_seconds"] == 60 + 4 * 30
    assert (found["spent"]["training_seconds"], found["spent"]["lost_seconds"]) == (4 * 90, 4 * 90)
    assert (found["is_affordable"], found["is_scaling_affordable"]) == (True, False)
    assert verdict(None, hosts=4, max_billable_seconds=60 + 4 * 30 + 8 * 100)["is_scaling_affordable"]
