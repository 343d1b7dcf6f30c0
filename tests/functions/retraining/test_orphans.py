"""The janitor undoes what a stopped run began, and nothing else, however often it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.pipeline.record_outcome import approvals
from functions.retraining.stop_orphans import deployment_lock, orphans, release, turn
from functions.retraining.stop_orphans.progress import Progress
from functions.retraining.stop_orphans.stopped_run import StoppedRun, status_since_redriven
from rehearsal.asl.clock import run_virtual
from rehearsal.simulated.account import clients
from rehearsal.simulated.account.errors import Exceptions, refused
from rehearsal.simulated.world import Facts, Job, World

RUN = StoppedRun.from_detail(
    {"name": "run-1", "executionArn": "arn:run-1", "status": "TIMED_OUT", "startDate": 1767225600000}
)
PLACES = release.Places(prefix="t", package_group="models", endpoint_name="live")
ENVIRONMENTS = {"resolve_run": {"RUNS_TABLE": "runs"}, "find_baseline": {"ENDPOINT_NAME": "live"}}


def tags(attempt: int = 0) -> list[dict[str, str]]:
    return [{"Key": "execution-id", "Value": RUN.arn}, {"Key": "attempt", "Value": str(attempt)}]


def in_account(work: Callable[[World, dict[str, Any]], Any], facts: Facts | None = None) -> Any:
    async def run() -> Any:
        world = World(facts or Facts(), ENVIRONMENTS)
        return work(world, clients(world))

    return run_virtual(run())


class Executions:
    """Step Functions with one running child of the run, and one of a run whose name begins like its."""

    exceptions = Exceptions

    def __init__(self, **handed: Any) -> None:
        self.stopped: list[str] = []
        self.handed = handed

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"executions": [{"executionArn": f"arn:child:{run}"} for run in ("run-1", "run-1-b")]}]

    def describe_execution(self, executionArn: str, **_: str) -> dict[str, Any]:  # noqa: N803
        if not executionArn.startswith("arn:child:"):
            raise refused("ExecutionDoesNotExist", executionArn, Exceptions.ExecutionDoesNotExist)
        run = executionArn.removeprefix("arn:child:")
        return {"input": json.dumps({"run": {"id": run, "arn": f"arn:{run}", **self.handed}})}

    def stop_execution(self, executionArn: str, **_: str) -> None:  # noqa: N803
        self.stopped.append(executionArn)


def test_children_are_known_by_the_run_they_were_handed_not_by_their_names() -> None:
    executions = Executions()
    assert list(orphans.stop_children(executions, ["arn:machine"], RUN)) == ["arn:child:run-1"]
    assert executions.stopped == ["arn:child:run-1"]


@pytest.mark.parametrize(("redrives", "told"), [(0, None), (1, "RUNNING")])
def test_a_redrive_since_the_event_is_known_by_its_count(redrives: int, told: str | None) -> None:
    executions = Executions()
    now = {"status": "RUNNING", "redriveCount": redrives}
    executions.describe_execution = lambda **_: now  # type: ignore[method-assign]
    assert status_since_redriven(executions, RUN) == told


def test_an_execution_that_is_forgotten_by_now_was_not_redriven() -> None:
    assert status_since_redriven(Executions(), RUN) is None
    assert status_since_redriven(Executions(), replace(RUN, status="SUCCEEDED")) == "SUCCEEDED"


@pytest.mark.parametrize(("status", "over"), [("ABORTED", 2), ("FAILED", 2), ("SUCCEEDED", 1)])
def test_what_the_last_attempt_of_a_run_that_went_well_made_is_in_use(status: str, over: int) -> None:
    detail = {"name": "r", "executionArn": "a", "status": status, "startDate": 0, "redriveCount": 2}
    assert StoppedRun.from_detail(detail).attempt == over


@pytest.mark.parametrize(("handed", "stopped"), [({"attempt": 0}, ["arn:child:run-1"]), ({"attempt": 1}, [])])
def test_of_a_redriven_run_only_the_children_of_an_earlier_attempt_are_stopped(
    handed: dict[str, int], stopped: list[str]
) -> None:
    executions = Executions(**handed)
    assert list(orphans.stop_children(executions, ["arn:machine"], RUN)) == stopped


def test_of_a_redriven_run_only_the_jobs_of_an_earlier_attempt_are_stopped() -> None:
    def work(world: World, found: dict[str, Any]) -> list[str]:
        with_jobs(world, found)
        world.attempts = dict.fromkeys(world.owners, "1")
        return list(orphans.stop_jobs(found["sagemaker"], "t", RUN))

    assert in_account(work) == []


def with_jobs(world: World, _found: Any) -> None:
    for kind in orphans.JOB_KINDS:
        for owner in (RUN.arn, "arn:run-0"):
            job = Job(kind, f"{kind}-{owner}", {}, world.now)
            world.jobs[job.name], world.owners[job.arn] = job, owner


def test_jobs_of_all_kinds_are_stopped_by_their_tag_and_the_tuner_first() -> None:
    def work(world: World, found: dict[str, Any]) -> list[list[str]]:
        with_jobs(world, found)
        return [list(orphans.stop_jobs(found["sagemaker"], "t", RUN)) for _ in range(2)]

    first, second = in_account(work)
    assert first == [f"{kind}-{RUN.arn}" for kind in orphans.JOB_KINDS]
    assert second == [], "told again it finds nothing to stop"


def test_a_job_that_ends_while_it_is_looked_at_is_no_failure() -> None:
    def work(world: World, found: dict[str, Any]) -> list[str]:
        with_jobs(world, found)
        sagemaker = found["sagemaker"]
        listed = sagemaker.list_training_jobs()
        sagemaker.list_training_jobs = lambda **_: listed
        world.jobs[f"Training-{RUN.arn}"].end("Completed", world.now)
        return list(orphans.stop_jobs(sagemaker, "t", RUN))

    assert f"Training-{RUN.arn}" not in in_account(work)


def test_what_was_undone_before_aws_refused_the_rest_is_noted() -> None:
    def work(world: World, found: dict[str, Any]) -> list[str]:
        with_jobs(world, found)
        found["sagemaker"].stop_processing_job = denied
        progress = Progress()
        with pytest.raises(ClientError, match="AccessDenied"):
            progress.note("jobs", orphans.stop_jobs(found["sagemaker"], "t", RUN))
        return progress.undone["jobs"]

    assert in_account(work) == [f"{kind}-{RUN.arn}" for kind in ("HyperParameterTuning", "Training")]


def denied(**_: str) -> None:
    raise refused("AccessDenied", "not authorized to perform this action")


def deploy(found: dict[str, Any], endpoint: str, attempt: int = 0) -> None:
    sagemaker = found["sagemaker"]
    package = sagemaker.create_model_package(
        ModelPackageGroupName="models",
        ModelApprovalStatus="Approved",
        MetadataProperties={"GeneratedBy": RUN.arn},
    )
    container = {"ModelPackageName": package["ModelPackageArn"]}
    sagemaker.create_model(ModelName="t-model-1", Containers=[container], Tags=tags(attempt))
    variants = [{"ModelName": "t-model-1"}]
    config = {"EndpointConfigName": "t-config-1", "Tags": tags(attempt)}
    sagemaker.create_endpoint_config(ProductionVariants=variants, **config)
    sagemaker.create_endpoint(EndpointName=endpoint, **config)


def withdrawn(found: dict[str, Any]) -> Progress:
    progress = Progress()
    release.withdraw(found["sagemaker"], PLACES, RUN, progress)
    if progress.is_settled:
        is_kept = progress.is_released
        release.reject(found["sagemaker"], PLACES, RUN, progress, is_approval_kept=is_kept)
    return progress


@pytest.mark.parametrize(("attempt", "deleted"), [(0, 1), (1, 0)])
def test_of_a_redriven_run_only_what_an_earlier_attempt_made_goes(attempt: int, deleted: int) -> None:
    def work(world: World, found: dict[str, Any]) -> Progress:
        deploy(found, "t-staging-1", attempt)
        world.endpoints["t-staging-1"].settles_at = 0.0
        return withdrawn(found)

    progress = in_account(work)
    assert [len(progress.undone[kind]) for kind in ("endpoints", "configurations", "models")] == [deleted] * 3


@pytest.mark.parametrize(
    ("status", "after"), [("PendingManualApproval", "Rejected"), ("Approved", "Approved")]
)
def test_beside_a_deployed_model_only_packages_that_nobody_decided_on_are_rejected(
    status: str, after: str
) -> None:
    def work(world: World, found: dict[str, Any]) -> list[str]:
        deploy(found, "live")
        world.packages = dict.fromkeys(world.packages, status)
        release.reject(found["sagemaker"], PLACES, RUN, Progress(), is_approval_kept=True)
        return list(world.packages.values())

    assert in_account(work) == [after]


def test_a_staging_endpoint_in_motion_is_waited_for_and_then_all_of_it_goes() -> None:
    def work(world: World, found: dict[str, Any]) -> tuple[Any, Any]:
        deploy(found, "t-staging-1")
        first = withdrawn(found)
        world.endpoints["t-staging-1"].settles_at = 0.0
        return first, withdrawn(found)

    first, second = in_account(work)
    assert (first.is_settled, first.undone["endpoints"]) == (False, [])
    assert second.is_settled and not second.is_released
    assert [len(second.undone[kind]) for kind in ("endpoints", "configurations", "models", "packages")] == [
        1
    ] * 4


def test_what_the_live_endpoint_serves_stays_with_its_package() -> None:
    def work(world: World, found: dict[str, Any]) -> tuple[Any, dict[str, str]]:
        deploy(found, "live")
        world.endpoints["live"].settles_at = 0.0
        return withdrawn(found), world.packages

    result, packages = in_account(work)
    assert result.is_settled and result.is_released
    assert not any(result.undone.values())
    assert list(packages.values()) == ["Approved"]


@pytest.mark.parametrize(
    ("holder", "freed"),
    [("arn:child:run-1", ["live"]), ("arn:child:run-1-b", []), ("arn:gone", [])],
)
def test_only_the_lock_of_its_own_deployment_is_freed(holder: str, freed: list[str]) -> None:
    def work(world: World, found: dict[str, Any]) -> tuple[list[str], int]:
        world.hold("locks", "endpoint_name", "live", holder=holder)
        done = deployment_lock.free(found["dynamodb"], Executions(), "locks", "live", RUN)
        return done, len(world.tables["locks"])

    assert in_account(work) == (freed, 1 - len(freed))


def test_a_request_for_a_decision_is_withdrawn_with_its_token() -> None:
    def work(world: World, found: dict[str, Any]) -> tuple[list[str], Any]:
        for number, owner in enumerate((RUN.arn, "arn:run-0")):
            item = {"approval_id": str(number), "token": "t", "state": "PENDING", "run_arn": owner}
            values = {name: {"S": value} for name, value in item.items()}
            found["dynamodb"].put_item(TableName="a", Item=values)
        withdrawn = approvals.withdraw_requests(found["dynamodb"], "a", RUN.arn)
        return withdrawn, [sorted(item) for item in world.tables["a"].values()]

    withdrawn, items = in_account(work)
    assert withdrawn == ["0"]
    assert items == [["approval_id", "run_arn", "state"], ["approval_id", "run_arn", "state", "token"]]


def test_one_delivery_cleans_up_at_a_time_and_a_dead_one_blocks_nobody_for_long() -> None:
    def work(_world: World, found: dict[str, Any]) -> list[bool]:
        table = (found["dynamodb"], "runs", "run-1")
        first, second = turn.take(*table, "a", 0), turn.take(*table, "b", 1)
        turn.give_back(*table, "b")
        still, late = turn.take(*table, "b", 2), turn.take(*table, "b", turn.LEASE_SECONDS + 1)
        turn.give_back(*table, "a")
        lost = turn.take(*table, "c", turn.LEASE_SECONDS + 2)
        turn.give_back(*table, "b")
        return [first, second, still, late, lost, turn.take(*table, "c", turn.LEASE_SECONDS + 3)]

    assert in_account(work) == [True, False, False, True, False, True]
