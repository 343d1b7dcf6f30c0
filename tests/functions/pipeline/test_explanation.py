"""What a failure is called and why, out of causes as they really come: nested, foreign, cut off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.run import Outcome
from functions.pipeline.explain_failure.explanation import explain

CHILD = "arn:aws:states:eu-west-1:1:execution:trainyard-dev-training:run-1"
JOB = "arn:aws:sagemaker:eu-west-1:1:training-job/trainyard-dev-train-1"


def line(error: str, message: str) -> str:
    return json.dumps({"error": error, "message": message})


def child(error: str, cause: str) -> str:
    return json.dumps({"ExecutionArn": CHILD, "Status": "FAILED", "Error": error, "Cause": cause})


def explained(error: str, cause: Any, stage: str = "training") -> dict[str, Any]:
    return explain({"Error": error, "Cause": cause, "Stage": stage}).to_dict()


def test_a_cause_is_followed_through_children_down_to_the_container() -> None:
    reason = "AlgorithmError: " + line("OutOfMemory", "batch 512 does not fit") + ", exit code: 1"
    job = json.dumps({"TrainingJobArn": JOB, "TrainingJobStatus": "Failed", "FailureReason": reason})
    inner = child("TrainingFailed", line("States.TaskFailed", job))
    found = explained("States.TaskFailed", child("TrainingFailed", line("States.TaskFailed", inner)))
    assert (found["outcome"], found["error"]) == ("TrainingFailed", "OutOfMemory")
    assert "batch 512 does not fit" in found["why"]
    assert found["evidence"] == [CHILD, JOB]
    assert "larger instance" in found["next_step"]


@pytest.mark.parametrize("share", [0.97, 0.9, 0.8])
def test_a_cause_that_lost_its_end_still_names_the_failure(share: float) -> None:
    text = child("TrainingFailed", line("TrainingDiverged", "the loss is nan " + "and so on " * 60))
    found = explained("States.TaskFailed", text[: int(len(text) * share)])
    assert (found["outcome"], found["error"]) == ("TrainingFailed", "TrainingDiverged")
    assert found["why"].startswith("TrainingDiverged: the loss is nan")
    assert CHILD in found["evidence"]


def test_a_processing_job_is_read_by_the_message_of_its_container() -> None:
    message = line("DataRejected", "2013-02.csv: the file can't be read")
    job = {"FailureReason": "AlgorithmError: , exit code: 1", "ExitMessage": message}
    found = explained("States.TaskFailed", json.dumps(job), "data_preparation")
    assert (found["error"], found["outcome"]) == ("DataRejected", "DataRejected")
    assert "the file can't be read" in found["why"]


def test_a_replaced_file_asks_for_another_run_and_not_for_a_repair() -> None:
    cause = line("DataReplaced", "2013-02 was written again")
    found = explained("PreparationFailed", cause, "data_preparation")
    assert (found["error"], found["outcome"]) == ("DataReplaced", "PreparationFailed")
    assert found["next_step"].startswith("Start the run again")


def test_an_exception_of_a_function_is_read_from_its_type_and_message() -> None:
    cause = json.dumps({"errorType": "ContextRejected", "errorMessage": "context.trigger is 1: no"})
    found = explained("ContextRejected", cause, "pipeline")
    assert found["outcome"] == "ContextRejected"
    assert found["why"] == "context.trigger is 1: no"


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [
        ("data_preparation", "PreparationFailed"),
        ("evaluation", "EvaluationFailed"),
        ("deployment", "DeploymentRolledBack"),
        ("approval", "RunFailed"),
        ("pipeline", "RunFailed"),
    ],
)
def test_a_foreign_error_ends_as_the_failure_of_its_stage(stage: str, outcome: str) -> None:
    found = explained("States.Timeout", "", stage)
    assert (found["outcome"], found["error"]) == (outcome, "States.Timeout")


def test_a_month_that_never_landed_is_a_matter_of_data() -> None:
    cause = json.dumps({"errorType": "DataMissing", "errorMessage": "no month lies under incoming/"})
    assert explained("DataMissing", cause, "pipeline")["outcome"] == "DataRejected"


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.DEPLOYED])
def test_every_outcome_raised_by_a_stage_is_kept(outcome: Outcome) -> None:
    assert (
        explained("States.TaskFailed", child(outcome.value, line(outcome.value, "so")))["outcome"] == outcome
    )


@pytest.mark.parametrize(("field", "characters"), [("why", 900), ("details", 4000)])
def test_a_long_explanation_is_cut_where_it_says_so_and_not_before(field: str, characters: int) -> None:
    whole, beyond = "x" * characters, "x" * (characters + 1)
    assert explained("", whole)[field] == whole
    assert explained("", beyond)[field] == "x" * (characters - 1) + "…"


@given(st.text(), st.text() | st.none() | st.dictionaries(st.text(), st.text()), st.text())
def test_whatever_a_failure_says_there_is_an_outcome_and_a_reason(error: str, cause: Any, stage: str) -> None:
    found = explained(error, cause, stage)
    assert Outcome(found["outcome"]).is_failure or found["outcome"] == "RunSkipped"
    assert found["why"] and found["error"] and found["next_step"]
    assert len(found["why"]) <= 900
