"""`trainyard explain` against the embedded AWS, as against AWS: what it prints and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.rehearsal.conftest import Account
from trainyard.__main__ import main

OUTCOME = {
    "run": {"id": "run-1"},
    "outcome": "TrainingFailed",
    "stage": "training",
    "why": "OutOfMemory: a step found no memory",
    "ended_at": "2026-01-01T10:21:00+00:00",
    "duration_seconds": 1260.4,
    "cost_usd": 0.4321,
    "effort": {
        "attempts": 4,
        "spot_windows": 3,
        "interruptions": 1,
        "training_seconds": 900,
        "billable_seconds": 300,
        "lost_seconds": 900,
        "cost_usd": 0.4,
    },
    "cleaned_up": ["checkpoints"],
    "next_step": "Allow a larger instance",
    "evidence": ["arn:job"],
}
FAILURE = {
    "version": 1,
    "run_id": "run-1",
    "execution_arn": "arn:run-1",
    "outcome": "TrainingFailed",
    "stage": "training",
    "error": "OutOfMemory",
    "root": "Resource",
    "why": "OutOfMemory: a step found no memory",
    "next_step": "Allow a larger instance",
    "evidence": ["arn:job"],
    "failed_jobs": 2,
    "job": {
        "kind": "training",
        "name": "job-1",
        "status": "Failed",
        "reason": "AlgorithmError",
        "instance_type": "ml.g5.xlarge",
        "is_spot": True,
    },
    "log": {
        "group": "/aws/sagemaker/TrainingJobs",
        "stream": "job-1/algo-1-1767225600",
        "lines": ["epoch=3", "no memory"],
    },
    "recorded_at": "2026-01-01T10:21:00+00:00",
}
Explain = Callable[..., tuple[int, str, str]]


@pytest.fixture
def explain(aws: Account, capsys: pytest.CaptureFixture[str]) -> Explain:
    """The command on a bucket with these objects."""
    bucket = aws.name("artifacts").lower()
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def run(*arguments: str, **documents: Any) -> tuple[int, str, str]:
        for name, document in documents.items():
            s3.put_object(Bucket=bucket, Key=f"pipeline/run-1/{name}.json", Body=json.dumps(document))
        where = ("--bucket", bucket, "--endpoint-url", aws.emulator.endpoint_url)
        code = main(["explain", *(arguments or ("run-1",)), *(() if "--bucket" in arguments else where)])
        return code, *capsys.readouterr()

    return run


def test_a_failed_run_is_explained_with_its_job_and_last_lines(explain: Explain) -> None:
    code, out, _ = explain(outcome=OUTCOME, failure=FAILURE)
    assert code == 0
    for said in (
        "ended as TrainingFailed",
        "OutOfMemory (Resource)",
        "job-1",
        "| no memory",
        "Allow a larger",
        "4 training jobs, 3 on spot, 1 interruptions; 15 min trained, all of it lost; 5 min billed, $0.4000",
    ):
        assert said in out
    assert "ml.g5.xlarge spot" in out and "2 jobs of the stage failed" in out


def test_with_all_that_is_told_the_end_of_a_long_log_fits_on_one_screen(explain: Explain) -> None:
    long = {**FAILURE["log"], "lines": [f"epoch={number}" for number in range(20)]}
    _, out, _ = explain(outcome=OUTCOME, failure={**FAILURE, "log": long})
    assert len(out.splitlines()) <= 30
    assert "| epoch=19" in out and "| epoch=9\n" not in out and "(10 more: --json)" in out


def test_a_reason_of_many_lines_is_cut_where_the_screen_ends(explain: Explain) -> None:
    why = "\n".join(f"file {number} is broken" for number in range(40))
    _, out, _ = explain(outcome=OUTCOME, failure={**FAILURE, "why": why, "log": None})
    assert "file 14 is broken\n(25 more lines: --json)\nClass:" in out and "file 15" not in out


def test_a_run_that_went_well_has_no_failure_to_show(explain: Explain) -> None:
    code, out, _ = explain(outcome={**OUTCOME, "outcome": "Deployed", "why": "auc better", "next_step": ""})
    assert (code, "ended as Deployed" in out, "Class:" in out) == (0, True, False)


def test_both_documents_come_as_json(explain: Explain) -> None:
    code, out, _ = explain("run-1", "--json", outcome=OUTCOME, failure=FAILURE)
    assert code == 0
    assert json.loads(out) == {"outcome": OUTCOME, "failure": FAILURE}


def test_a_run_without_a_record_is_exit_code_1_and_says_where_it_looked(explain: Explain) -> None:
    code, out, err = explain("run-2", outcome=OUTCOME)
    assert (code, out) == (1, "")
    assert "No record of run run-2 in artifacts-" in err


def test_the_bucket_is_named_after_stack_and_account_and_its_absence_is_exit_code_2(
    aws: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["explain", "run-1", "--stack", "prod", "--endpoint-url", aws.emulator.endpoint_url])
    err = capsys.readouterr().err
    assert code == 2 and f"no bucket trainyard-prod-artifacts-{aws.emulator.account_id}" in err
    assert "--bucket" in err and "--stack" in err
