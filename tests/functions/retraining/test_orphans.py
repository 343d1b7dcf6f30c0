"""The janitor undoes what a stopped run began, and nothing else, however often it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.run import Outcome
from functions.pipeline.record_outcome import approvals
from functions.pipeline.record_outcome.record import is_by_janitor, is_of_attempt, merged, record_of
from functions.retraining.stop_orphans import deployment_lock, orphans, release, turn
from functions.retraining.stop_orphans.ending import ending_of
from functions.retraining.stop_orphans.progress import Progress
from functions.retraining.stop_orphans.stopped_run import Redriven, StoppedRun, redriven_since
from rehearsal.asl.clock import run_virtual
from rehearsal.simulated.account import clients
from rehearsal.simulated.account.errors import Exceptions, refused
from rehearsal.simulated.world import Facts, Job, World

RUN = StoppedRun.from_detail(
    {"name": "run-1", "executionArn": "arn:run-1", "status": "TIMED_OUT", "startDate": 1767225600000}
)
REDRIVEN = datetime(2026, 1, 2, tzinfo=UTC)
PLACES = release.Places(prefix="t", package_group="models", endpoint_name="live")
ENVIRONMENTS = {"resolve_run": {"RUNS_TABLE": "runs"}, "find_baseline": {"ENDPOINT_NAME": "live"}}
TAGS = [{"Key": "execution-id", "Value": RUN.arn}]


def in_account(work: Callable[[World, dict[str, Any]], Any], facts: Facts | None = None) -> Any:
    async def run() -> Any:
        world = World(facts or Facts(), ENVIRONMENTS)
        return work(world, clients(world))

    return run_virtual(run())


class Executions:
    """Step Functions with one running child of the run, and one of a run whose name begins like its."""

    exceptions = Exceptions

    def __init__(self, began_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.stopped: list[str] = []
        self.began_at = began_at

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        found = [
            {"executionArn": f"arn:child:{run}", "startDate": self.began_at} for run in ("run-1", "run-1-b")
        ]
        return [{"executions": found}]

    def describe_execution(self, executionArn: str, **_: str) -> dict[str, Any]:  # noqa: N803
        if not executionArn.startswith("arn:child:"):
            raise refused("ExecutionDoesNotExist", executionArn, Exceptions.ExecutionDoesNotExist)
        run = executionArn.removeprefix("arn:child:")
        return {"input": json.dumps({"run": {"id": run, "arn": f"arn:{run}"}})}

    def stop_execution(self, executionArn: str, **_: str) -> None:  # noqa: N803
        self.stopped.append(executionArn)


def test_children_are_known_by_the_run_they_were_handed_not_by_their_names() -> None:
    executions = Executions()
    assert list(orphans.stop_children(executions, ["arn:machine"], RUN)) == ["arn:child:run-1"]
    assert executions.stopped == ["arn:child:run-1"]


@pytest.mark.parametrize(("redrives", "is_told"), [(0, False), (1, True)])
def test_a_redrive_since_the_event_is_known_by_its_count(redrives: int, is_told: bool) -> None:
    executions = Executions()
    now = {"status": "RUNNING", "redriveCount": redrives, "redriveDate": REDRIVEN}
    executions.describe_execution = lambda **_: now  # type: ignore[method-assign]
    told = Redriven(at=REDRIVEN, is_running=True)
    assert redriven_since(executions, RUN) == (told if is_told else None)


def test_an_execution_that_is_forgotten_by_now_was_not_redriven() -> None:
    assert redriven_since(Executions(), RUN) is None


@pytest.mark.parametrize(("hours", "stopped"), [(-1, ["arn:child:run-1"]), (1, [])])
def test_of_a_redriven_run_only_the_children_of_an_earlier_attempt_are_stopped(
    hours: int, stopped: list[str]
) -> None:
    executions = Executions(REDRIVEN + timedelta(hours=hours))
    assert list(orphans.stop_children(executions, ["arn:machine"], RUN, before=REDRIVEN)) == stopped


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


def deploy(found: dict[str, Any], endpoint: str) -> None:
    sagemaker = found["sagemaker"]
    package = sagemaker.create_model_package(
        ModelPackageGroupName="models",
        ModelApprovalStatus="Approved",
        MetadataProperties={"GeneratedBy": RUN.arn},
    )
    container = {"ModelPackageName": package["ModelPackageArn"]}
    sagemaker.create_model(ModelName="t-model-1", Containers=[container], Tags=TAGS)
    variants = [{"ModelName": "t-model-1"}]
    sagemaker.create_endpoint_config(EndpointConfigName="t-config-1", ProductionVariants=variants, Tags=TAGS)
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName="t-config-1", Tags=TAGS)


def withdrawn(found: dict[str, Any], before: datetime | None = None) -> Progress:
    progress = Progress()
    release.withdraw(found["sagemaker"], PLACES, RUN, progress, before)
    return progress


@pytest.mark.parametrize(("days", "deleted"), [(1, 1), (-1, 0)])
def test_of_a_redriven_run_only_what_an_earlier_attempt_made_goes_and_no_package(
    days: int, deleted: int
) -> None:
    def work(world: World, found: dict[str, Any]) -> tuple[Progress, list[str]]:
        deploy(found, "t-staging-1")
        world.endpoints["t-staging-1"].settles_at = 0.0
        redriven = datetime.fromtimestamp(world.now, UTC) + timedelta(days=days)
        return withdrawn(found, redriven), list(world.packages.values())

    progress, packages = in_account(work)
    assert [len(progress.undone[kind]) for kind in ("endpoints", "configurations", "models")] == [deleted] * 3
    assert packages == ["Approved"]


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


def ended(run: StoppedRun = RUN, **undone: list[str]) -> dict[str, Any]:
    event = ending_of(run, "trainyard-dev", Progress(undone=undone))
    return record_of(event, [], datetime(2026, 1, 1, 0, 1, tzinfo=UTC))


def test_a_run_that_could_not_say_how_it_ended_gets_a_record_all_the_same() -> None:
    record = ended(jobs=["job-1"], packages=[])
    assert (record["outcome"], record["duration_seconds"]) == (Outcome.RUN_FAILED, 60)
    assert (record["evidence"], record["cleaned_up"]) == ([RUN.arn], ["stopped job-1"])
    assert is_by_janitor(record)


def test_a_record_written_again_keeps_what_was_undone_before_and_the_first_end() -> None:
    later = {**ended(models=["m"]), "ended_at": "2026-01-01T00:09:00+00:00"}
    record = merged(later, ended(jobs=["job-1"]))
    assert record["cleaned_up"] == ["stopped job-1", "deleted m"]
    assert record["ended_at"] == "2026-01-01T00:01:00+00:00"
    assert merged(record, record) == record


def test_the_record_of_an_attempt_before_a_redrive_is_not_the_one_of_this_attempt() -> None:
    assert is_of_attempt(ended(), RUN.attempt)
    assert not is_of_attempt(ended(), replace(RUN, attempt=1).attempt)


def test_the_next_step_says_when_the_live_endpoint_serves_the_stopped_runs_model() -> None:
    event = ending_of(RUN, "trainyard-dev", Progress(is_released=True))
    assert "previous configuration" in event["explanation"]["next_step"]


def test_a_pass_that_was_cut_short_says_why_it_will_be_tried_again() -> None:
    event = ending_of(RUN, "trainyard-dev", Progress(refusal="AccessDenied: StopTrainingJob"))
    assert event["explanation"]["evidence"][1].endswith("tried again: AccessDenied: StopTrainingJob")


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
