"""Training run in virtual time: one candidate or a sweep, the winner, and what a failure leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.candidate import TrainedCandidate
from functions.training.choose_best.choice import best_of

RUN = {"id": "run-1", "arn": "arn:aws:states:eu-west-1:1:execution:p:run-1", "prefix": "pipeline/run-1"}
DATASET = {"train_uri": "s3://a/train/", "validation_uri": "s3://a/val/", "encoding_uri": "s3://a/enc/"}
UNTROUBLED = {
    "training_seconds": 10,
    "lost_seconds": 0,
    "interruptions": 0,
    "spot_windows": 1,
    "recoveries": [],
}
OBJECTIVE = {"metric": "validation:auc", "direction": "maximize"}


def trained(name: str, auc: float) -> dict[str, Any]:
    return {
        **UNTROUBLED,
        "id": name,
        "job_name": f"job-{name}",
        "model_uri": f"s3://a/{name}/model.tar.gz",
        "metrics": {"validation:auc": auc},
        "hyperparameters": {"max_depth": "6"},
        "instance_type": "ml.m5.xlarge",
        "billable_seconds": 10,
        "attempts": 1,
        "is_spot": True,
    }


def chosen(arguments: dict[str, Any]) -> dict[str, Any]:
    event = arguments["Payload"]
    best, comparison = best_of(
        event["trained"],
        event["candidates"],
        event["objective"]["metric"],
        event["objective"]["direction"],
        event["tolerated_failure_percentage"],
    )
    return {"Payload": {"candidate": best.to_dict(), "comparison": comparison.to_dict()}}


@pytest.fixture
def train(run_workflow: Any) -> Any:
    """Runs the stage over so many candidates; `results` answer for the children, in order."""

    def run(results: list[Any], **answers: Any) -> Any:
        candidates = [
            {"id": f"lap0-{number}", "algorithm": "xgboost", "hyperparameters": {}}
            for number in range(len(results))
        ]
        plan = {
            "is_sweep": len(results) > 1,
            "is_tuned": False,
            "candidates": candidates,
            "configurations": [],
            "ladder": {"max_attempts": 3},
            "objective": OBJECTIVE,
            "max_concurrency": 1,
            "tolerated_failure_percentage": 34,
        }
        usual = {
            "PlanTraining": {"Payload": plan},
            "TrainCandidate": results,
            "TrainItem": results,
            "ChooseBest": chosen,
            "RemovePartials": {"Payload": {}},
        }
        value = {"run": RUN, "dataset": DATASET, "training": {"uses_sweep": len(results) > 1, "lap": 0}}
        return run_workflow("2_training", value, {**usual, **answers})

    return run


def test_one_candidate_is_trained_on_its_ladder_and_reported(train: Any) -> None:
    outcome = train([{"Output": trained("lap0-0", 0.7)}])
    assert outcome.output["candidate"] == trained("lap0-0", 0.7)
    child = outcome.script.arguments_of("TrainCandidate")[0]["Input"]
    assert child["candidate"]["id"] == "lap0-0"
    assert child["ladder"] == {"max_attempts": 3}
    assert child["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"].endswith(":run-1")


def test_a_sweep_reports_the_best_of_its_candidates(train: Any) -> None:
    results = [{"Output": trained(f"lap0-{number}", auc)} for number, auc in enumerate((0.6, 0.8, 0.7))]
    assert train(results).output["candidate"]["id"] == "lap0-1"


def test_a_sweep_goes_on_without_the_failures_that_are_tolerated(train: Any, states_error: Any) -> None:
    failed = states_error("States.TaskFailed", '{"Error": "TrainingFailed"}')
    results = [{"Output": trained("lap0-0", 0.6)}, failed, {"Output": trained("lap0-2", 0.7)}]
    assert train(results).output["candidate"]["id"] == "lap0-2"


def test_a_failed_candidate_removes_what_it_left_and_says_why(train: Any, states_error: Any) -> None:
    outcome = train([states_error("States.TaskFailed", '{"Error": "TrainingFailed", "Cause": "memory"}')])
    assert outcome.error == "TrainingFailed"
    assert "memory" in outcome.cause["message"]
    assert outcome.script.arguments_of("RemovePartials")[0]["Payload"] == {
        "run": RUN,
        "includes_models": True,
    }


@pytest.mark.parametrize("state", ["PlanTraining", "TrainCandidate", "ChooseBest", "RemovePartials"])
def test_a_failure_anywhere_ends_as_training_failed(train: Any, states_error: Any, state: str) -> None:
    broken = states_error("ConfigurationRejected", "no")
    answers = {state: broken} if state != "RemovePartials" else {"PlanTraining": broken, state: broken}
    outcome = train([{"Output": trained("lap0-0", 0.7)}], **answers)
    assert outcome.error == "TrainingFailed"
    assert outcome.script.arguments_of("RemovePartials")


TUNING = {
    "is_sweep": True,
    "is_tuned": True,
    "configurations": [],
    "candidates": [{"id": f"lap0-{number}"} for number in range(4)],
    "ladder": {
        "instance_type": "ml.m5.xlarge",
        "resources": {"ml.m5.xlarge": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}},
        "stopping": {"on_demand": {"MaxRuntimeInSeconds": 3600}},
        "metric_definitions": [],
    },
    "tuning": {"config": {"Strategy": "Grid"}, "static": {"gamma": "0"}},
    "objective": OBJECTIVE,
    "max_concurrency": 2,
    "tolerated_failure_percentage": 25,
}


def tuned(failures: int, status: str = "Completed") -> dict[str, Any]:
    return {
        "HyperParameterTuningJobName": "tune-1",
        "HyperParameterTuningJobStatus": status,
        "TrainingJobStatusCounters": {"Completed": 4 - failures, "NonRetryableError": failures},
        "BestTrainingJob": {"TrainingJobName": "job-2", "TunedHyperParameters": {"max_depth": "4"}},
    }


DESCRIBED = {
    "TrainingJobName": "job-2",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://a/model.tar.gz"},
    "FinalMetricDataList": [{"MetricName": "validation:auc", "Value": 0.8}],
    "HyperParameters": {"gamma": "0", "max_depth": "4", "_tuning_objective_metric": "validation:auc"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge"},
    "BillableTimeInSeconds": 60,
}


def test_a_managed_sweep_ends_with_the_best_job_as_a_candidate(train: Any) -> None:
    outcome = train(
        [], PlanTraining={"Payload": TUNING}, TuneHyperparameters=tuned(1), DescribeTuned=DESCRIBED
    )
    best = TrainedCandidate.from_dict(outcome.output["candidate"])
    assert (best.id, best.metrics, best.is_spot) == ("lap0-tuned", {"validation:auc": 0.8}, False)
    assert best.hyperparameters == {"gamma": "0", "max_depth": "4"}
    request = outcome.script.arguments_of("TuneHyperparameters")[0]
    assert request["TrainingJobDefinition"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}


@pytest.mark.parametrize("answer", [tuned(2), tuned(0, "Stopped")])
def test_a_managed_sweep_with_too_many_failures_says_how_many(train: Any, answer: Any) -> None:
    outcome = train([], PlanTraining={"Payload": TUNING}, TuneHyperparameters=answer)
    assert outcome.error == "TrainingFailed"
    assert "toleratedFailurePercentage" in outcome.cause["message"]
    assert outcome.script.arguments_of("RemovePartials")


def test_a_configuration_that_folds_named_is_trained_on_everything(train: Any) -> None:
    standings = {"explanation": "why", "standings": []}
    configuration = {"id": "lap0-1", "algorithm": "xgboost", "hyperparameters": {"max_depth": "6"}}
    named = {"Payload": {"configuration": configuration, "comparison": standings}}
    results = [{"Output": trained("lap0-0-fold0", 0.7)}, {"Output": trained("lap0-0-fold1", 0.7)}]
    last = {"Output": trained("lap0-1", 0.8)}
    outcome = train(results, ChooseBest=[named, chosen], TrainBestConfiguration=last)
    assert outcome.output == {"candidate": trained("lap0-1", 0.8), "comparison": standings}
    child = outcome.script.arguments_of("TrainBestConfiguration")[0]["Input"]
    assert child["candidate"] == configuration and child["ladder"] == {"max_attempts": 3}


def test_a_configuration_that_cannot_be_trained_on_everything_leaves_nothing(
    train: Any, states_error: Any
) -> None:
    named = {"Payload": {"configuration": {"id": "lap0-1"}, "comparison": {}}}
    broken = states_error("States.TaskFailed", '{"Error": "TrainingFailed", "Cause": "memory"}')
    outcome = train([{"Output": trained("a", 0.7)}] * 2, ChooseBest=named, TrainBestConfiguration=broken)
    assert outcome.error == "TrainingFailed" and outcome.script.arguments_of("RemovePartials")
