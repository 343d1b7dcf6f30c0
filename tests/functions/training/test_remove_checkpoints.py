from __future__ import annotations

from typing import Any

import pytest

from contracts.failures import JobsRunning
from functions.training.remove_checkpoints import handler


class Jobs:
    """SageMaker with training jobs by name: status and the run they are tagged with."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, str]] = {}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_training_jobs"
        return self

    def paginate(self, NameContains: str, StatusEquals: str) -> list[dict[str, Any]]:  # noqa: N803
        assert NameContains == "trainyard-dev"
        names = [name for name, (status, _) in self.known.items() if status == StatusEquals]
        found = [{"TrainingJobName": name, "TrainingJobArn": f"arn:job/{name}"} for name in names]
        return [{"TrainingJobSummaries": found}]

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": [{"Key": "execution-id", "Value": self.known[ResourceArn.split("/")[1]][1]}]}


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
def remove(fake_s3: Any, jobs: Jobs, environment: pytest.MonkeyPatch) -> Any:
    environment.setattr(handler, "client", lambda name: fake_s3 if name == "s3" else jobs)
    environment.setenv("JOB_PREFIX", "trainyard-dev")
    for key in ("checkpoints/lap0-0/1.ubj", "checkpoints/lap0-0/2.ubj", "model/lap0-0/m.tar.gz", "data/x"):
        fake_s3.put_object("artifacts", f"pipeline/r/{key}", b"x")
    fake_s3.put_object("artifacts", "pipeline/r2/checkpoints/lap0-0/1.ubj", b"x")
    return lambda **fields: handler.handle({"run": {"id": "r", "arn": "arn:r"}, **fields}, None)


def test_a_run_that_succeeded_loses_its_checkpoints_and_nothing_else(remove: Any, fake_s3: Any) -> None:
    assert remove() == {"removed": {"pipeline/r/checkpoints/": 2}}
    assert fake_s3.keys("artifacts") == [
        "pipeline/r/data/x",
        "pipeline/r/model/lap0-0/m.tar.gz",
        "pipeline/r2/checkpoints/lap0-0/1.ubj",
    ]


def test_a_failed_training_loses_its_models_too_newest_first(remove: Any, fake_s3: Any) -> None:
    assert list(remove(includes_models=True)["removed"]) == ["pipeline/r/model/", "pipeline/r/checkpoints/"]
    assert fake_s3.keys("artifacts") == ["pipeline/r/data/x", "pipeline/r2/checkpoints/lap0-0/1.ubj"]


def test_removing_twice_changes_nothing_and_raises_nothing(remove: Any, fake_s3: Any) -> None:
    remove()
    before = fake_s3.keys("artifacts")
    assert remove() == {"removed": {"pipeline/r/checkpoints/": 0}}
    assert fake_s3.keys("artifacts") == before


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_nothing_is_removed_while_a_job_of_the_run_has_not_ended(
    remove: Any, jobs: Jobs, fake_s3: Any, status: str
) -> None:
    jobs.known["trainyard-dev-train-1"] = (status, "arn:r")
    before = fake_s3.keys("artifacts")
    with pytest.raises(JobsRunning, match="trainyard-dev-train-1 of run r can still resume"):
        remove(includes_models=True)
    assert fake_s3.keys("artifacts") == before


def test_jobs_that_ended_and_those_of_other_runs_keep_nothing(remove: Any, jobs: Jobs) -> None:
    jobs.known["trainyard-dev-train-1"] = ("Stopped", "arn:r")
    jobs.known["trainyard-dev-train-2"] = ("InProgress", "arn:r2")
    assert remove() == {"removed": {"pipeline/r/checkpoints/": 2}}
