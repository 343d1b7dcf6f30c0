"""The ladder, run in virtual time: which rung follows which failure, and that every climb ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.training.classify_failure.classification import classify
from functions.training.classify_failure.verdict import Checkpoint, verdict_on

RUN = {"id": "run-1", "arn": "arn:aws:states:eu-west-1:1:execution:p:run-1", "prefix": "pipeline/run-1"}
DATASET = {"train_uri": "s3://a/train/", "validation_uri": "s3://a/val/", "encoding_uri": "s3://a/enc/"}
SMALL, LARGE = "ml.m5.xlarge", "ml.m5.2xlarge"
LADDER = {
    "instance_type": SMALL,
    "resources": {SMALL: {"InstanceType": SMALL}, LARGE: {"InstanceType": LARGE}},
    "capacity_fallback": {SMALL: LARGE},
    "memory_upgrade": {SMALL: LARGE},
    "instance_count": 1,
    "max_instance_count": 1,
    "uses_spot": True,
    "stopping": {
        "spot": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
        "on_demand": {"MaxRuntimeInSeconds": 3600},
    },
    "timeout_seconds": {"spot": 14400, "on_demand": 10800},
    "max_attempts": 8,
    "max_runtime_seconds": 3600,
    "max_billable_seconds": 10**6,
    "max_stale_windows": 3,
    "max_transient_failures": 2,
    "max_divergences": 2,
    "backoff_seconds": 60,
    "recovery": {"min_batch_size": 16, "rate_factor": 0.5},
    "metric_definitions": [{"Name": "validation:auc", "Regex": "validation:auc=([0-9.]+)"}],
}
EXHAUSTED = {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxWaitTimeExceeded"}
REASONS = {
    "capacity": "CapacityError: Unable to provision requested ML compute capacity.",
    "memory": 'AlgorithmError: {"error": "OutOfMemory", "message": "batch"}, exit code: 1',
    "diverged": 'AlgorithmError: {"error": "TrainingDiverged", "message": "nan"}, exit code: 1',
    "internal": "InternalServerError: We encountered an internal error. Please try again.",
    "code": "AlgorithmError: ExecuteUserScriptError: ExitCode 1",
}


def completed(_: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": "job",
        "TrainingJobStatus": "Completed",
        "BillableTimeInSeconds": 100,
        "ModelArtifacts": {"S3ModelArtifacts": "s3://a/model.tar.gz"},
        "FinalMetricDataList": [{"MetricName": "validation:auc", "Value": 0.7}],
    }


@pytest.fixture
def climb(run_workflow: Any, states_error: Any) -> Callable[..., Any]:
    """Runs the ladder over the named failures, then success; a `+` says that the checkpoint had advanced."""

    def run(*failures: str, hyperparameters: dict[str, str] | None = None, **bounds: Any) -> Any:
        marks = [f"mark-{number}" if failure.endswith("+") else "" for number, failure in enumerate(failures)]

        def classified(arguments: dict[str, Any]) -> dict[str, Any]:
            event = arguments["Payload"]
            found = classify(event["failure"]["Error"], event["failure"]["Cause"])
            newest = Checkpoint(marks.pop(0) or event["checkpoint"], 0.0)
            return {"Payload": verdict_on(found, newest, event)}

        def failed(name: str) -> Any:
            if name.startswith("spot"):
                return {"TrainingJobName": "job", "BillableTimeInSeconds": 10, **EXHAUSTED}
            if name == "quota":
                return states_error("SageMaker.ResourceLimitExceededException", "limit is 1 Instances")
            return states_error("States.TaskFailed", json.dumps({"FailureReason": REASONS[name]}))

        trials = [answer for name in failures for answer in [failed(name)] * (7 if name == "quota" else 1)]
        candidate = {"id": "lap0-0", "algorithm": "xgboost", "hyperparameters": hyperparameters or {}}
        value = {"run": RUN, "dataset": DATASET, "candidate": candidate, "ladder": {**LADDER, **bounds}}
        answers = {"Train": [*trials, completed], "ClassifyFailure": classified}
        return run_workflow("2a_train_candidate", value, answers)

    return run


def rungs(outcome: Any) -> list[tuple[bool, str]]:
    requests = outcome.script.arguments_of("Train")
    return [(one["EnableManagedSpotTraining"], one["ResourceConfig"]["InstanceType"]) for one in requests]


def test_a_job_that_completes_on_spot_is_reported_with_its_metrics(climb: Any) -> None:
    outcome = climb(hyperparameters={"max_depth": "6"})
    assert outcome.status == "SUCCEEDED"
    assert outcome.output["metrics"] == {"validation:auc": 0.7}
    assert (outcome.output["is_spot"], outcome.output["attempts"]) == (True, 1)
    assert outcome.output["hyperparameters"] == {"max_depth": "6"}


def test_three_windows_without_progress_lead_to_on_demand(climb: Any) -> None:
    outcome = climb("spot", "spot", "spot")
    assert [is_spot for is_spot, _ in rungs(outcome)] == [True, True, True, False]
    assert outcome.output["billable_seconds"] == 130
    assert outcome.output["is_spot"] is False


def test_a_window_whose_checkpoint_advanced_refills_the_tries(climb: Any) -> None:
    outcome = climb("spot", "spot", "spot+", "spot", "spot")
    assert [is_spot for is_spot, _ in rungs(outcome)] == [True] * 6
    assert outcome.output["attempts"] == 6


def test_every_window_writes_to_the_same_checkpoints_under_a_new_name(climb: Any) -> None:
    requests = climb("spot", "spot").script.arguments_of("Train")
    assert len({one["TrainingJobName"] for one in requests}) == 3
    assert {one["CheckpointConfig"]["S3Uri"] for one in requests} == {
        "s3://the-artifactsbucket/pipeline/run-1/checkpoints/lap0-0"
    }


def test_missing_capacity_takes_the_next_machine_and_then_halts(climb: Any) -> None:
    assert rungs(climb("capacity"))[1] == (True, LARGE)
    assert climb("capacity", "capacity").error == "TrainingFailed"


def test_out_of_memory_without_a_larger_machine_takes_twice_the_hosts(climb: Any) -> None:
    outcome = climb("memory", "memory", memory_upgrade={}, instance_count=2, max_instance_count=8)
    assert hosts(outcome) == [2, 4, 8]


def test_hosts_are_not_doubled_beyond_their_bound_or_what_may_be_spent(climb: Any) -> None:
    assert climb("memory", memory_upgrade={}, max_instance_count=1).error == "TrainingFailed"
    bounds = {"memory_upgrade": {}, "max_instance_count": 2, "max_billable_seconds": 3600}
    assert climb("memory", **bounds).error == "TrainingFailed"


def test_every_host_counts_against_what_may_be_spent(climb: Any) -> None:
    outcome = climb("spot", instance_count=4, max_instance_count=4, max_billable_seconds=4 * 3600 + 39)
    assert outcome.error == "TrainingFailed" and hosts(outcome) == [4]
    outcome = climb("spot", instance_count=4, max_instance_count=4, max_billable_seconds=4 * 3600 + 40)
    assert outcome.output["billable_seconds"] == 4 * (10 + 100)


def hosts(outcome: Any) -> list[int]:
    """How many hosts each attempt asked for."""
    return [one["ResourceConfig"]["InstanceCount"] for one in outcome.script.arguments_of("Train")]


def test_out_of_memory_halves_the_batch_before_it_takes_a_larger_machine(climb: Any) -> None:
    outcome = climb("memory", "memory", hyperparameters={"batch_size": "32", "learning_rate": "0.1"})
    requests = outcome.script.arguments_of("Train")
    assert requests[1]["HyperParameters"] == {"batch_size": "16", "learning_rate": "0.05"}
    assert rungs(outcome)[1:] == [(True, SMALL), (True, LARGE)]


def test_divergence_lowers_the_rate_as_often_as_it_may(climb: Any) -> None:
    outcome = climb("diverged", "diverged", "diverged", hyperparameters={"learning_rate": "0.1"})
    rates = [one["HyperParameters"]["learning_rate"] for one in outcome.script.arguments_of("Train")]
    assert rates == ["0.1", "0.05", "0.025"]
    assert outcome.cause["error"] == "TrainingDiverged"


def test_passing_trouble_is_tried_again_on_the_same_rung_twice(climb: Any) -> None:
    assert rungs(climb("internal", "internal")) == [(True, SMALL)] * 3
    assert climb("internal", "internal", "internal").cause["error"] == "ServiceUnavailable"


def test_a_spot_quota_of_nothing_leads_to_on_demand_after_its_retries(climb: Any) -> None:
    outcome = climb("quota")
    assert outcome.status == "SUCCEEDED"
    assert [is_spot for is_spot, _ in rungs(outcome)] == [True] * 7 + [False]


def test_a_fault_in_the_code_halts_at_once_and_says_so(climb: Any) -> None:
    outcome = climb("code")
    assert (outcome.status, outcome.error) == ("FAILED", "TrainingFailed")
    assert outcome.cause["error"] == "AlgorithmFailed"
    assert len(rungs(outcome)) == 1


def test_a_classifier_that_fails_halts_instead_of_guessing(run_workflow: Any, states_error: Any) -> None:
    candidate = {"id": "lap0-0", "algorithm": "xgboost", "hyperparameters": {}}
    value = {"run": RUN, "dataset": DATASET, "candidate": candidate, "ladder": LADDER}
    broken = states_error("KeyError", "boom")
    answers = {"Train": states_error("States.TaskFailed", "{}"), "ClassifyFailure": broken}
    outcome = run_workflow("2a_train_candidate", value, answers)
    assert outcome.cause["error"] == "UnknownFailure"
    assert "boom" in outcome.cause["message"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    failures=st.lists(st.sampled_from(["spot", "spot+", *REASONS]), max_size=12),
    attempts=st.integers(min_value=1, max_value=8),
)
def test_any_sequence_of_failures_ends_within_its_attempts(
    climb: Any, failures: list[str], attempts: int
) -> None:
    outcome = climb(*failures, max_attempts=attempts, hyperparameters={"batch_size": "64"})
    assert outcome.status in ("SUCCEEDED", "FAILED")
    assert len(rungs(outcome)) <= attempts


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    failures=st.lists(st.sampled_from(["spot", "spot+", "capacity", "diverged"]), max_size=10),
    affordable=st.integers(min_value=3600, max_value=3660),
)
def test_no_sequence_of_failures_starts_an_attempt_that_is_not_paid_for(
    climb: Any, failures: list[str], affordable: int
) -> None:
    outcome = climb(*failures, max_attempts=20, max_billable_seconds=affordable)
    used = 10 * sum(failure.startswith("spot") for failure in failures[: len(rungs(outcome)) - 1])
    assert used + 3600 <= affordable


def test_a_ladder_that_used_up_its_budget_says_which_setting_ended_it(climb: Any) -> None:
    outcome = climb("spot+", "spot+", max_billable_seconds=3615)
    assert len(rungs(outcome)) == 2
    assert outcome.cause["message"].startswith("another attempt could exceed training.maxCostUsd. ")
