"""The janitor stops what carries the run's id, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts.run import Outcome
from functions.pipeline.record_outcome.record import record_of
from functions.retraining.stop_orphans import orphans
from functions.retraining.stop_orphans.ending import ending_of

RUN_ARN = "arn:run-1"
KINDS = ("HyperParameterTuning", "Training", "Processing", "Transform")


class Aws:
    """Step Functions and SageMaker with two of each thing: one of this run, one of another."""

    def __init__(self) -> None:
        self.stopped: list[str] = []

    def get_paginator(self, operation: str) -> Any:
        self.operation = operation
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        if self.operation == "list_executions":
            names = ["run-1-0a1b2c3d", "run-10-0a1b2c3d"]
            return [{"executions": [{"name": name, "executionArn": name} for name in names]}]
        if self.operation == "list_model_packages":
            return [{"ModelPackageSummaryList": [{"ModelPackageArn": arn} for arn in (RUN_ARN, "arn:other")]}]
        if self.operation == "list_endpoints":
            return [{"Endpoints": [{"EndpointName": arn, "EndpointArn": arn} for arn in (RUN_ARN, "other")]}]
        word = self.operation.removeprefix("list_").removesuffix("_jobs")
        kind = "".join(part.capitalize() for part in word.split("_"))
        jobs = [{f"{kind}JobArn": arn, f"{kind}JobName": f"{kind}-{arn}"} for arn in (RUN_ARN, "other")]
        return [{f"{kind}JobSummaries": jobs}]

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": [{"Key": "execution-id", "Value": ResourceArn}]}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:  # noqa: N803
        return {"MetadataProperties": {"GeneratedBy": ModelPackageName}}

    def _remember(self, **named: str) -> None:
        self.stopped.append(next(iter(named.values())))

    stop_execution = stop_training_job = stop_processing_job = stop_transform_job = _remember
    stop_hyper_parameter_tuning_job = _remember
    delete_endpoint = update_model_package = _remember


def test_only_children_whose_names_begin_with_the_run_are_stopped() -> None:
    aws = Aws()
    assert orphans.stop_children(aws, ["arn:machine"], "run-1") == ["run-1-0a1b2c3d"]
    assert aws.stopped == ["run-1-0a1b2c3d"]


def test_jobs_of_all_kinds_are_stopped_by_their_tag_and_the_tuner_first() -> None:
    stopped = orphans.stop_jobs(Aws(), "trainyard-dev", RUN_ARN)
    assert stopped == [f"{kind}-{RUN_ARN}" for kind in KINDS]


def test_its_staging_endpoint_goes_and_its_open_package_is_rejected() -> None:
    aws = Aws()
    assert orphans.delete_staging(aws, "trainyard-dev", RUN_ARN) == [RUN_ARN]
    assert orphans.reject_packages(aws, "models", RUN_ARN) == [RUN_ARN]


def test_a_run_that_could_not_say_how_it_ended_gets_a_record_all_the_same() -> None:
    detail = {"name": "run-1", "executionArn": RUN_ARN, "status": "TIMED_OUT", "startDate": 1767225600000}
    event = ending_of(detail, "trainyard-dev", {"jobs": ["job-1"], "packages": []})
    record = record_of(event, [], datetime(2026, 1, 1, 0, 1, tzinfo=UTC))
    assert record["outcome"] == Outcome.RUN_FAILED
    assert (record["evidence"], record["cleaned_up"]) == ([RUN_ARN], ["stopped job-1"])
    assert record["duration_seconds"] == 60
