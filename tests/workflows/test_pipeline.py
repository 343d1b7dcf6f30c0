"""A whole run in virtual time: which outcome follows what, and what is cleaned up on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts.run import Outcome
from functions.pipeline.explain_failure.explanation import explain

PACKAGE = "arn:aws:sagemaker:eu-west-1:1:model-package/models/7"
CONTEXT = {"trigger": "manual", "reason": "a test", "requested_by": "ada"}
PLAN = {
    "run": {
        "id": "run-1",
        "arn": "arn:run-1",
        "prefix": "pipeline/run-1",
        "trigger": "manual",
        "reason": "a",
    },
    "data": {"dataset": "flights", "contract_uri": "s3://a/c.json", "window": {}},
    "training": {"uses_sweep": False, "hyperparameters": {}, "max_laps": 1, "lap": 0},
    "approval": {"is_required": False, "timeout_seconds": 600, "requested_by": "ada"},
}


def evaluated(decision: str) -> dict[str, Any]:
    is_registered = decision in ("promote", "review")
    verdict = {"decision": decision, "reasons": ["auc better"]}
    output = {
        "verdict": verdict,
        "report_uri": "s3://a/report.json",
        "report_sha256": "0" * 64,
        "metrics": {},
        "package_arn": PACKAGE if is_registered else None,
        "baseline_package_arn": None,
    }
    return {"Output": output}


@pytest.fixture
def run(run_workflow: Any) -> Callable[..., Any]:
    """Runs the pipeline with everything going well, except for the answers given."""

    def start(plan: dict[str, Any] | None = None, **answers: Any) -> Any:
        good = {
            "ResolveRun": {"Payload": {**PLAN, **(plan or {})}},
            "PrepareData": {"Output": {"dataset": {"sha256": "1"}, "shift": {"is_flagged": False}}},
            "Train": {"Output": {"candidate": {"id": "one"}, "comparison": {"folds": 0}}},
            "Evaluate": evaluated("promote"),
            "ApprovePackage": {},
            "Deploy": {"Output": {"endpoint_name": "live"}},
            "RemoveCheckpoints": {"Payload": {}},
            "RecordSuccess": {"Payload": {"outcome": "Deployed"}},
            "RemovePartials": {"Payload": {}},
            "ExplainFailure": lambda event: {"Payload": explain(event["Payload"]["failure"]).to_dict()},
            "RejectPackage": {},
            "RecordFailure": {"Payload": {}},
        }
        return run_workflow("0_pipeline", CONTEXT, {**good, **answers})

    return start


def recorded(outcome: Any) -> dict[str, Any]:
    [event] = outcome.script.arguments_of("RecordFailure")
    return dict(event["Payload"])


def child_failed(error: str, states_error: Any, message: str = "see inside") -> Any:
    line = json.dumps({"error": error, "message": message})
    child = {"ExecutionArn": "arn:aws:states:eu-west-1:1:execution:child:1", "Status": "FAILED"}
    return states_error("States.TaskFailed", json.dumps({**child, "Error": error, "Cause": line}))


def test_a_promoted_model_goes_live_and_leaves_no_checkpoints(run: Any) -> None:
    outcome = run()
    assert (outcome.status, outcome.output) == ("SUCCEEDED", {"outcome": "Deployed"})
    assert outcome.script.arguments_of("RemoveCheckpoints")[0]["Payload"]["includes_models"] is False
    [record] = outcome.script.arguments_of("RecordSuccess")
    assert record["Payload"]["explanation"]["outcome"] == "Deployed"
    assert record["Payload"]["shift"] == {"is_flagged": False}


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("PrepareData", "DataRejected"),
        ("PrepareData", "DataShifted"),
        ("PrepareData", "PreparationFailed"),
        ("Train", "TrainingFailed"),
        ("Evaluate", "EvaluationFailed"),
        ("Deploy", "DeploymentRolledBack"),
    ],
)
def test_the_failure_of_a_stage_ends_the_run_under_its_own_name(
    run: Any, states_error: Any, state: str, error: str
) -> None:
    outcome = run(**{state: child_failed(error, states_error)})
    assert (outcome.status, outcome.error) == ("FAILED", error)
    assert outcome.cause == {"error": error, "message": "see inside"}
    assert recorded(outcome)["explanation"]["outcome"] == error


def test_a_malformed_request_is_rejected_before_anything_is_paid_for(run: Any, states_error: Any) -> None:
    cause = json.dumps({"errorType": "ContextRejected", "errorMessage": "context.trigger is 1"})
    outcome = run(ResolveRun=states_error("ContextRejected", cause))
    assert outcome.error == "ContextRejected"
    assert "context.trigger is 1" in outcome.cause["message"]
    assert not outcome.script.arguments_of("PrepareData")


def test_a_run_beside_another_one_is_skipped_without_failing(run: Any, states_error: Any) -> None:
    outcome = run(ResolveRun=states_error("RunSkipped", json.dumps({"errorMessage": "run a is under way"})))
    assert (outcome.status, outcome.output["outcome"]) == ("SUCCEEDED", "RunSkipped")


def test_a_model_near_the_baseline_is_trained_once_more_and_no_further(run: Any) -> None:
    outcome = run(Evaluate=evaluated("retrain"))
    laps = [arguments["Input"]["training"]["lap"] for arguments in outcome.script.arguments_of("Train")]
    assert laps == [0, 1]
    assert outcome.error == "ModelRejected"


def test_a_second_lap_that_beats_the_baseline_still_goes_live(run: Any) -> None:
    outcome = run(Evaluate=[evaluated("retrain"), evaluated("promote")])
    assert outcome.status == "SUCCEEDED"


def test_a_rejected_model_is_never_registered_nor_withdrawn(run: Any) -> None:
    outcome = run(Evaluate=evaluated("reject"))
    assert outcome.error == "ModelRejected"
    assert not outcome.script.arguments_of("RejectPackage")


@pytest.mark.parametrize(("verdict", "is_required"), [("promote", True), ("review", False)])
def test_a_person_decides_when_settings_or_verdict_demand_it(
    run: Any, verdict: str, is_required: bool, states_error: Any
) -> None:
    plan = {"approval": {**PLAN["approval"], "is_required": is_required}}
    outcome = run(plan, Evaluate=evaluated(verdict), AwaitApproval=states_error("ApprovalConflict", "no"))
    [asked] = outcome.script.arguments_of("AwaitApproval")
    assert asked["Payload"]["shift"] == {"is_flagged": False}
    assert asked["Payload"]["token"]
    assert outcome.error == "RunFailed"


def test_silence_of_the_reviewers_withdraws_the_package(run: Any, states_error: Any) -> None:
    plan = {"approval": {**PLAN["approval"], "is_required": True}}
    outcome = run(plan, AwaitApproval=states_error("States.Timeout", ""))
    assert outcome.error == "ApprovalExpired"
    [withdrawn] = outcome.script.arguments_of("RejectPackage")
    assert withdrawn["ModelPackageArn"] == PACKAGE


def test_a_package_whose_model_is_live_is_never_withdrawn(run: Any, states_error: Any) -> None:
    outcome = run(RecordSuccess=states_error("Lambda.Unknown", "out of memory"))
    assert outcome.error == "RunFailed"
    assert not outcome.script.arguments_of("RejectPackage")


def test_a_run_is_recorded_even_when_nothing_can_explain_it(run: Any, states_error: Any) -> None:
    outcome = run(
        Train=child_failed("TrainingFailed", states_error),
        ExplainFailure=states_error("Lambda.Unknown", "gone"),
    )
    assert recorded(outcome)["explanation"]["error"] == "UnknownFailure"
    assert outcome.error == "RunFailed"


def test_every_documented_outcome_has_an_end_of_its_own(run: Any, states_error: Any) -> None:
    for outcome in Outcome:
        if outcome is not Outcome.DEPLOYED:
            explained = {"outcome": outcome.value, "error": "x", "why": "because"}
            failed = states_error("States.TaskFailed", "")
            ended = run(Train=failed, ExplainFailure={"Payload": explained})
            assert ended.error == (outcome.value if outcome.is_failure else None)


def test_what_a_stopped_training_left_is_removed_before_the_failure_is_explained(
    run: Any, states_error: Any
) -> None:
    outcome = run(Train=states_error("States.Timeout", "the stage took too long"))
    assert outcome.states.index("RemovePartials") < outcome.states.index("ExplainFailure")
    [removal] = outcome.script.arguments_of("RemovePartials")
    assert removal["Payload"]["includes_models"] is True


def test_a_removal_that_fails_does_not_hide_the_failure_before_it(run: Any, states_error: Any) -> None:
    running = states_error("JobsRunning", "job-1 can still resume")
    outcome = run(Train=states_error("States.Timeout", "too long"), RemovePartials=running)
    assert outcome.error == "TrainingFailed"
    assert len(outcome.script.arguments_of("RemovePartials")) == 21, "it is waited for before it is given up"
