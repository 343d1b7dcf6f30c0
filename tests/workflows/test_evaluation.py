"""An evaluation in virtual time: what is asked of SageMaker, what is registered, what is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

RUN = {"id": "run-1", "arn": "arn:run-1", "prefix": "pipeline/run-1"}
INPUT = {
    "run": RUN,
    "dataset": {
        "contract": {"uri": "s3://a/contract.json"},
        "test_inputs_uri": "s3://a/inputs.csv",
        "test_labels_uri": "s3://a/labels/",
    },
    "candidate": {"id": "one", "model_uri": "s3://a/model.tar.gz"},
}
SERVED_PACKAGE = "arn:aws:sagemaker:eu-west-1:1:model-package/models/1"
BASELINE = {"exists": True, "model_name": "the-served-model", "package_arn": SERVED_PACKAGE}
NO_BASELINE = {"exists": False, "model_name": None, "package_arn": None}
FIRST_EVENT = {"TransformJobStatus": "Completed"}


def judged(decision: str) -> dict[str, Any]:
    verdict = {"decision": decision, "reasons": ["auc better"]}
    judged = {"verdict": verdict, "report_sha256": "a" * 64, "metrics": {}, "metadata": {"run-id": "run-1"}}
    return {"Payload": judged}


@pytest.fixture
def evaluate(run_workflow: Any) -> Callable[..., Any]:
    """Runs the evaluation of a first model with everything going well, except for the answers given."""

    def start(baseline: dict[str, Any] = NO_BASELINE, **answers: Any) -> Any:
        good = {
            "FindBaseline": {"Payload": baseline},
            "CreateCandidateModel": {},
            "ScoreCandidate": FIRST_EVENT,
            "ScoreBaseline": FIRST_EVENT,
            "ComputeMetrics": {"ProcessingJobStatus": "Completed", "ProcessingJobName": "eval"},
            "JudgeCandidate": judged("promote"),
            "RegisterPackage": {"ModelPackageArn": "arn:package"},
            "RemoveScoringModel": {"Payload": {}},
            "RemoveEvaluation": {"Payload": {}},
        }
        return run_workflow("3_evaluation", INPUT, {**good, **answers})

    return start


def inputs_of(outcome: Any) -> list[str]:
    [job] = outcome.script.arguments_of("ComputeMetrics")
    return [one["InputName"] for one in job["ProcessingInputs"]]


def test_a_first_model_is_scored_alone_and_registered_as_pending(evaluate: Any) -> None:
    outcome = evaluate()
    assert outcome.output["package_arn"] == "arn:package"
    assert inputs_of(outcome) == ["contract", "labels", "candidate", "model"]
    [package] = outcome.script.arguments_of("RegisterPackage")
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert "Tags" not in package, "AWS refuses tags on versions of a group"
    assert package["SecurityConfig"]["KmsKeyId"], "encrypted with the stack's own key"


def test_a_model_with_a_predecessor_is_scored_beside_it_on_the_same_rows(evaluate: Any) -> None:
    outcome = evaluate(BASELINE)
    [candidate] = outcome.script.arguments_of("ScoreCandidate")
    [baseline] = outcome.script.arguments_of("ScoreBaseline")
    assert candidate["TransformInput"] == baseline["TransformInput"]
    assert inputs_of(outcome) == ["contract", "labels", "candidate", "model", "baseline"]
    assert outcome.output["baseline_package_arn"] == SERVED_PACKAGE


def test_the_served_model_scores_itself_and_is_never_removed(evaluate: Any) -> None:
    outcome = evaluate(BASELINE)
    [scoring] = outcome.script.arguments_of("ScoreBaseline")
    [removal] = outcome.script.arguments_of("RemoveScoringModel")
    assert scoring["ModelName"] == BASELINE["model_name"]
    assert BASELINE["model_name"] not in removal["Payload"]["model_names"]


@pytest.mark.parametrize("decision", ["retrain", "reject"])
def test_a_candidate_that_is_not_good_enough_is_not_registered(evaluate: Any, decision: str) -> None:
    outcome = evaluate(JudgeCandidate=judged(decision))
    assert outcome.output["package_arn"] is None
    assert not outcome.script.arguments_of("RegisterPackage")
    assert outcome.script.arguments_of("RemoveScoringModel")


@pytest.mark.parametrize(
    "answers",
    [
        {"ScoreCandidate": {"TransformJobStatus": "Stopped"}},
        {"ComputeMetrics": {"ProcessingJobStatus": "Stopped", "ProcessingJobName": "eval"}},
    ],
)
def test_a_job_that_merely_ended_does_not_count_as_completed(evaluate: Any, answers: Any) -> None:
    outcome = evaluate(**answers)
    assert (outcome.error, outcome.cause["error"]) == ("EvaluationFailed", "OperatorStopped")


@pytest.mark.parametrize(
    "state", ["FindBaseline", "CreateCandidateModel", "ScoreCandidate", "JudgeCandidate", "RegisterPackage"]
)
def test_whatever_fails_what_was_created_is_taken_back(evaluate: Any, states_error: Any, state: str) -> None:
    outcome = evaluate(**{state: states_error("Some.Error", "for a reason")})
    assert outcome.error == "EvaluationFailed"
    [removal] = outcome.script.arguments_of("RemoveEvaluation")
    assert removal["Payload"]["includes_artifacts"] is True
    [model] = removal["Payload"]["model_names"]
    assert model.endswith("-candidate")
    assert outcome.cause == {"error": "Some.Error", "message": "for a reason"}


def test_a_failed_compensation_does_not_hide_the_failure_before_it(evaluate: Any, states_error: Any) -> None:
    gone = states_error("Lambda.Unknown", "gone")
    outcome = evaluate(JudgeCandidate=states_error("ArtifactCorrupt", "no report"), RemoveEvaluation=gone)
    assert outcome.cause["error"] == "ArtifactCorrupt"
