"""Why a job failed: by its container's own words, unless its files were replaced under it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.data_preparation.explain_job import handler
from functions.pipeline.explain_failure.explanation import explain

KEY = "incoming/flights/2013-02.csv"
WRITTEN = json.dumps({"error": "DataRejected", "message": f"{KEY}: the file can't be read"})
DESCRIBED = {
    "ProcessingJobArn": "arn:aws:sagemaker:eu-west-1:1:processing-job/prep-1",
    "ProcessingInputs": ["x" * 5000],
    "ProcessingJobStatus": "Failed",
    "FailureReason": "AlgorithmError: , exit code: 1",
    "ExitMessage": WRITTEN,
}


@pytest.fixture
def explained(fake_s3: Any, environment: pytest.MonkeyPatch, plan_run: Any) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)
    plan_run(KEY)

    def run(cause: Any) -> dict[str, str]:
        failure = {"Error": "States.TaskFailed", "Cause": cause}
        return dict(handler.handle({"run": {"id": "r"}, "failure": failure}, None)["failure"])

    return run


def test_a_file_that_was_replaced_is_the_failure_whatever_the_job_made_of_it(
    explained: Any, fake_s3: Any
) -> None:
    fake_s3.put_object("landing", KEY, b"another")
    failure = explained(json.dumps(DESCRIBED))
    assert failure["Error"] == "DataReplaced"
    assert failure["Cause"].startswith(f"{KEY} was written again at 2026")
    said = f"ended with States.TaskFailed: DataRejected: {KEY}: the file can't be read)"
    assert failure["Cause"].endswith(said)


def test_of_long_words_of_the_job_a_run_carries_the_beginning(explained: Any, fake_s3: Any) -> None:
    fake_s3.put_object("landing", KEY, b"another")
    said = json.dumps({"error": "DataRejected", "message": "x" * 900})
    cause = explained(json.dumps({**DESCRIBED, "ExitMessage": said}))["Cause"]
    assert "DataRejected: xxx" in cause and len(cause) < 700


def test_a_file_that_had_gone_before_the_download_is_the_failure_too(explained: Any, fake_s3: Any) -> None:
    fake_s3.delete_object("landing", KEY)
    reason = "ClientError: Data download failed: 404"
    failure = explained(json.dumps({**DESCRIBED, "FailureReason": reason, "ExitMessage": ""}))
    assert failure["Error"] == "DataReplaced"
    assert f"{KEY} has gone" in failure["Cause"] and reason in failure["Cause"]


def test_a_job_on_the_planned_files_is_explained_by_what_its_container_wrote(explained: Any) -> None:
    failure = explained(json.dumps(DESCRIBED))
    assert failure["Error"] == "States.TaskFailed" and len(failure["Cause"]) < 1000
    found = explain({**failure, "Stage": "data_preparation"})
    assert (found.error, found.evidence) == ("DataRejected", (DESCRIBED["ProcessingJobArn"],))


@pytest.mark.parametrize("cause", [None, "", "Rate exceeded", "[1]", json.dumps(DESCRIBED)[:300]])
def test_a_cause_that_is_no_description_stays_as_it_is(explained: Any, cause: str | None) -> None:
    assert explained(cause) == {"Error": "States.TaskFailed", "Cause": cause or ""}


@pytest.mark.parametrize(
    ("times", "error", "words"),
    [
        ({"ProcessingStartTime": 1_000, "ProcessingEndTime": 3_700_000}, "RuntimeExceeded", "after 3699 s"),
        ({"ProcessingStartTime": 1_000, "ProcessingEndTime": 3_601_000}, "RuntimeExceeded", "after 3600 s"),
        (
            {"ProcessingStartTime": 1_000, "ProcessingEndTime": 3_600_999},
            "OperatorStopped",
            "ended as Stopped",
        ),
        ({"ProcessingEndTime": 3_700_000}, "OperatorStopped", "prep-1 ended as Stopped"),
    ],
)
def test_a_job_that_was_stopped_by_its_limit_is_told_from_one_that_a_person_stopped(
    explained: Any, times: dict[str, int], error: str, words: str
) -> None:
    limit = {"StoppingCondition": {"MaxRuntimeInSeconds": 3600}, "ProcessingJobName": "prep-1"}
    failure = explained(json.dumps({**DESCRIBED, **limit, **times, "ProcessingJobStatus": "Stopped"}))
    assert failure["Error"] == error and words in failure["Cause"]
    assert explain({**failure, "Stage": "data_preparation"}).error == error


@pytest.mark.usefixtures("explained")
@pytest.mark.parametrize(
    ("reason", "is_passing"),
    [
        ("InternalServerError: We encountered an internal error. Please try again.", True),
        ("CapacityError: Unable to provision requested ML compute capacity.", True),
        ("AlgorithmError: InternalServerError in the container, exit code: 1", False),
        ("ClientError: no space left on device", False),
    ],
)
def test_what_may_pass_is_told_from_what_would_only_come_again(
    fake_s3: Any, reason: str, is_passing: bool
) -> None:
    cause = json.dumps({**DESCRIBED, "FailureReason": reason, "ExitMessage": ""})
    event = {"run": {"id": "r"}, "failure": {"Error": "States.TaskFailed", "Cause": cause}}
    assert handler.handle(event, None)["is_passing"] is is_passing
    fake_s3.put_object("landing", KEY, b"another")
    assert handler.handle(event, None)["is_passing"] is False, "another try would read the wrong file"
