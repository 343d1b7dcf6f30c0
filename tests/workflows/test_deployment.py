"""A deployment in virtual time: staging first, success only on the wanted configuration, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PACKAGE = "arn:aws:sagemaker:eu-west-1:1:model-package/models/7"
INPUT: dict[str, Any] = {"run": {"id": "run-1", "arn": "arn:run-1"}, "package_arn": PACKAGE}
READY = {
    "ModelPackageStatus": "Completed",
    "ModelApprovalStatus": "Approved",
    "CustomerMetadataProperties": {"run-id": "run-1"},
}
LIVE = "the-endpointname"
SERVING = {"EndpointStatus": "InService", "EndpointConfigName": "previous"}


@pytest.fixture
def deploy(run_workflow: Any) -> Callable[..., Any]:
    """Runs an update of a live endpoint with everything going well, except for the answers given."""

    def start(attempt: int = 0, **answers: Any) -> Any:
        wanted: list[str] = []

        def remember(arguments: dict[str, Any]) -> dict[str, Any]:
            wanted.append(arguments["EndpointConfigName"])
            return {}

        def in_service(_: Any) -> dict[str, Any]:
            return {"EndpointStatus": "InService", "EndpointConfigName": wanted[0]}

        simple = ["TakeLock", "CreateModel", "CreateStaging", "DeleteStaging", "CreateLive", "UpdateLive"]
        more = ["ReleaseLock", "FreeLock", "WithdrawPackage"]
        good = {
            **{state: {} for state in [*simple, *more]},
            "ReadPackage": READY,
            "CreateConfig": remember,
            "ReadStaging": in_service,
            "SmokeTestStaging": {"Payload": {"requests": 25}},
            "FindLive": {"Endpoints": [{"EndpointName": LIVE, "EndpointStatus": "InService"}]},
            "ReadLive": SERVING,
            "PollLive": in_service,
            "ProbeLive": {"Payload": {"requests": 25}},
            "SmokeTestLive": {"Payload": {"requests": 25}},
            "PruneGenerations": {"Payload": {}},
            "RestoreEndpoint": {"Payload": {"is_settled": True}},
        }
        run = {**INPUT["run"], "attempt": attempt}
        return run_workflow("4_deployment", {**INPUT, "run": run}, {**good, **answers})

    return start


def restored(outcome: Any) -> dict[str, Any]:
    return dict(outcome.script.arguments_of("RestoreEndpoint")[-1]["Payload"])


REASON = "the-stoppedreason"  # as the tests render the fact
STOPPED = {**READY, "ModelApprovalStatus": "Rejected", "ApprovalDescription": REASON}


def test_a_redriven_run_approves_again_the_package_that_was_rejected_because_it_stopped(deploy: Any) -> None:
    answers = iter([STOPPED, READY])
    outcome = deploy(attempt=1, ReadPackage=lambda _: next(answers), ApproveAgain={})
    assert outcome.output["previous_config_name"] == "previous"
    assert outcome.states.count("ApproveAgain") == 1


@pytest.mark.parametrize(("attempt", "reason"), [(0, REASON), (1, "too slow for the shop")])
def test_a_package_that_a_person_rejected_is_not_approved_again(
    deploy: Any, attempt: int, reason: str
) -> None:
    outcome = deploy(attempt=attempt, ReadPackage={**STOPPED, "ApprovalDescription": reason})
    assert outcome.status == "FAILED" and "ApproveAgain" not in outcome.states


def test_a_deployment_whose_lock_is_taken_over_is_stopped_before_anything_is_made(deploy: Any) -> None:
    held = {"Attributes": {"holder": {"S": "arn:earlier"}}}
    outcome = deploy(TakeLock=held, StopOvertaken={})
    assert outcome.script.arguments_of("StopOvertaken")[0]["ExecutionArn"] == "arn:earlier"
    assert outcome.states.index("StopOvertaken") < outcome.states.index("CreateModel")


def test_a_live_endpoint_in_motion_is_waited_for_and_then_updated(deploy: Any) -> None:
    moving = iter(["Updating", "RollingBack", "InService"])
    outcome = deploy(ReadLive=lambda _: {**SERVING, "EndpointStatus": next(moving)})
    assert outcome.status == "SUCCEEDED" and outcome.states.count("WaitForReady") == 2


def test_a_live_endpoint_is_updated_after_its_staging_passed(deploy: Any) -> None:
    outcome = deploy()
    order = [
        state for state in outcome.states if state in ("SmokeTestStaging", "UpdateLive", "SmokeTestLive")
    ]
    assert order == ["SmokeTestStaging", "UpdateLive", "SmokeTestLive"]
    assert outcome.output["previous_config_name"] == "previous"
    assert outcome.output["smoke"]["live"] == {"requests": 25}


@pytest.mark.parametrize(
    "found", [[], [{"EndpointName": "another-the-endpointname", "EndpointStatus": "Failed"}]]
)
def test_a_first_deployment_creates_the_endpoint_instead(deploy: Any, found: Any) -> None:
    outcome = deploy(FindLive={"Endpoints": found})
    assert outcome.status == "SUCCEEDED"
    assert outcome.script.arguments_of("CreateLive") and not outcome.script.arguments_of("UpdateLive")
    [pruning] = outcome.script.arguments_of("PruneGenerations")
    assert len(pruning["Payload"]["in_use"]) == 1


def test_back_in_service_on_the_old_configuration_is_no_success(deploy: Any) -> None:
    outcome = deploy(PollLive=[{"EndpointStatus": "Updating", "EndpointConfigName": "previous"}, SERVING])
    assert outcome.error == "DeploymentRolledBack"
    assert "instead of" in outcome.cause["message"]
    assert restored(outcome)["is_live_touched"] is True
    assert restored(outcome)["previous_config_name"] == "previous"


@pytest.mark.parametrize("state", ["CreateConfig", "CreateStaging", "SmokeTestStaging", "ReadLive"])
def test_a_failure_before_the_update_leaves_the_live_endpoint_alone(
    deploy: Any, states_error: Any, state: str
) -> None:
    outcome = deploy(**{state: states_error("SmokeTestFailed", "wrong answer")})
    assert outcome.error == "DeploymentRolledBack"
    assert restored(outcome)["is_live_touched"] is False
    assert outcome.script.arguments_of("WithdrawPackage")[0]["ModelApprovalStatus"] == "Rejected"


def test_a_failed_smoke_test_of_the_live_endpoint_restores_it(deploy: Any, states_error: Any) -> None:
    passes = [{"Payload": {"is_settled": False}}, {"Payload": {"is_settled": True}}]
    outcome = deploy(SmokeTestLive=states_error("SmokeTestFailed", "slow"), RestoreEndpoint=passes)
    assert len(outcome.script.arguments_of("RestoreEndpoint")) == 2
    assert outcome.cause == {"error": "SmokeTestFailed", "message": "slow"}
    assert outcome.script.arguments_of("FreeLock")


def test_an_endpoint_that_never_comes_up_is_given_up_on(deploy: Any) -> None:
    outcome = deploy(ReadStaging={"EndpointStatus": "Creating"})
    assert outcome.error == "DeploymentRolledBack"
    assert len(outcome.script.arguments_of("ReadStaging")) == 60


def test_a_way_back_that_never_settles_still_ends_the_run(deploy: Any, states_error: Any) -> None:
    never = {"Payload": {"is_settled": False}}
    outcome = deploy(UpdateLive=states_error("SageMaker.SageMakerException", "busy"), RestoreEndpoint=never)
    assert outcome.error == "DeploymentRolledBack"
    assert len(outcome.script.arguments_of("RestoreEndpoint")) == 60


@pytest.mark.parametrize("probe", [{"Payload": {"requests": 25}}, "SmokeTestFailed"])
def test_requests_are_sent_while_traffic_shifts_and_never_judged(
    deploy: Any, states_error: Any, probe: Any
) -> None:
    shifting = {"EndpointStatus": "Updating", "EndpointConfigName": "previous"}
    answer = states_error(probe, "two models") if isinstance(probe, str) else probe
    outcome = deploy(PollLive=[shifting, shifting, SERVING], ProbeLive=answer)
    assert len(outcome.script.arguments_of("ProbeLive")) == 2
    assert "instead of" in outcome.cause["message"]


def test_an_endpoint_held_by_another_deployment_is_not_touched(deploy: Any, states_error: Any) -> None:
    outcome = deploy(TakeLock=states_error("DynamoDB.ConditionalCheckFailedException", "held"))
    assert outcome.cause["error"] == "DeploymentLocked"
    assert not outcome.script.arguments_of("CreateModel")
    assert not outcome.script.arguments_of("RestoreEndpoint")


def test_only_a_completed_and_approved_package_is_deployed(deploy: Any) -> None:
    outcome = deploy(ReadPackage={**READY, "ModelApprovalStatus": "Rejected"})
    assert outcome.cause["error"] == "ConfigurationRejected"
    assert not outcome.script.arguments_of("CreateModel")


def test_a_package_that_is_still_being_made_is_waited_for(deploy: Any) -> None:
    made = [{**READY, "ModelPackageStatus": status} for status in ("Pending", "InProgress", "Completed")]
    outcome = deploy(ReadPackage=made)
    assert outcome.status == "SUCCEEDED"
    assert outcome.states.count("WaitForPackage") == 2


def test_a_package_that_never_completes_is_given_up_on(deploy: Any) -> None:
    outcome = deploy(ReadPackage={**READY, "ModelPackageStatus": "InProgress"})
    assert len(outcome.script.arguments_of("ReadPackage")) == 60
    assert "is InProgress and Approved after 60 looks" in outcome.cause["message"]


@pytest.mark.parametrize("status", ["Failed", "Deleting"])
def test_a_package_that_failed_is_not_waited_for(deploy: Any, status: str) -> None:
    outcome = deploy(ReadPackage={**READY, "ModelPackageStatus": status})
    assert outcome.cause["error"] == "ConfigurationRejected"
    assert len(outcome.script.arguments_of("ReadPackage")) == 1
