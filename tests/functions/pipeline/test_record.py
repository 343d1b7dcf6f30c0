"""The record of a run: what it says, what it costs, whom it tells, which statistics it keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import MagicMock

import pytest

from contracts.instances import catalogue
from functions.pipeline.record_outcome import costs, handler, record
from functions.pipeline.record_outcome.failure import failure_record
from rehearsal.simulated.account.tables import DynamoDb

RUN = {"id": "run-1", "arn": "arn:run-1", "pipeline": "trainyard-dev", "trigger": "manual", "reason": "a"}
START = datetime(2026, 1, 1, tzinfo=UTC)
TAGS = {"arn:train": "arn:run-1", "arn:other": "arn:run-0"}

TRAINED = costs.Job(
    kind="training",
    name="train-1",
    status="Completed",
    instance_type="ml.m5.xlarge",
    instance_count=1,
    billable_seconds=60,
    training_seconds=100,
    interruptions=0,
    is_spot=True,
    cost_usd=2.0,
    created_at="2026-01-01T00:00:00+00:00",
    reason="",
)
VARIABLES = {
    "ARTIFACTS_BUCKET": "artifacts",
    "RUNS_TABLE": "runs",
    "APPROVALS_TABLE": "approvals",
    "ALERTS_TOPIC_ARN": "arn:alerts",
    "JOB_PREFIX": "trainyard-dev",
    "INSTANCE_PRICES": "{}",
}


def event(outcome: str, **fields: Any) -> dict[str, Any]:
    explanation = {"outcome": outcome, "stage": "training", "error": "x", "why": "because"}
    return {
        "run": RUN,
        "started_at": "2026-01-01T00:00:00.000Z",
        "explanation": {**explanation, "evidence": ["arn:job"], "next_step": "look"},
        **fields,
    }


class Jobs:
    """SageMaker with one training job of this run, on spot, and one of another run."""

    def get_paginator(self, operation: str) -> Any:
        self.operation = operation
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        kind = self.operation.removeprefix("list_").removesuffix("_jobs").capitalize()
        arns = list(TAGS) if kind == "Training" else []
        return [{f"{kind}JobSummaries": [{f"{kind}JobArn": arn, f"{kind}JobName": arn} for arn in arns]}]

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": [{"Key": "execution-id", "Value": TAGS[ResourceArn]}]}

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        return {
            "TrainingJobName": TrainingJobName,
            "TrainingJobStatus": "Completed",
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2},
            "BillableTimeInSeconds": 1800,
            "CreationTime": START,
            "EnableManagedSpotTraining": True,
        }


def test_a_run_costs_what_its_own_jobs_were_billed_for() -> None:
    [job] = costs.jobs_of(Jobs(), "trainyard-dev", "arn:run-1", START, catalogue())
    price = catalogue().instances["ml.m5.xlarge"].on_demand_usd_per_hour
    assert job.cost_usd == pytest.approx(price), "two machines for half an hour"
    assert job.name == "arn:train" and job.is_spot
    assert costs.total_usd([job]) == pytest.approx(price)


def test_a_run_costs_what_the_stack_says_its_machines_cost() -> None:
    known = catalogue().with_prices({"ml.m5.xlarge": 0.257})
    [job] = costs.jobs_of(Jobs(), "trainyard-dev", "arn:run-1", START, known)
    assert job.cost_usd == 0.257
    unpriced = replace(known.instances["ml.m5.xlarge"], listed_usd_per_hour=None)
    known = replace(known, instances={"ml.m5.xlarge": unpriced})
    [job] = costs.jobs_of(Jobs(), "trainyard-dev", "arn:run-1", START, known)
    assert job.cost_usd is None, "nobody knows"


def test_the_record_says_how_it_ended_and_what_was_cleaned_up() -> None:
    document = record.record_of(event("TrainingFailed"), [], START + timedelta(seconds=90))
    assert (document["outcome"], document["duration_seconds"]) == ("TrainingFailed", 90)
    assert "partial models" in document["cleaned_up"]


def test_failures_are_told_with_reason_and_next_step() -> None:
    document = record.record_of(event("TrainingFailed"), [], START)
    alert = record.alert_of(document, failure_record(document, "", [], None))
    assert alert["subject"] == "trainyard-dev: TrainingFailed (run-1)"
    assert "Why: because" in alert["message"] and "Next: look" in alert["message"]


def test_an_alert_links_the_execution_in_the_console_of_its_region() -> None:
    arn = "arn:aws:states:eu-west-1:111122223333:execution:trainyard-dev-pipeline:run-1"
    assert record.console_url(arn) == (
        f"https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/{arn}"
    )


@pytest.mark.parametrize("outcome", ["Deployed", "RunSkipped"])
def test_nobody_is_woken_by_a_run_that_went_well_or_did_nothing(outcome: str) -> None:
    assert handler.record_failure(record.record_of(event(outcome), [], START), "", []) is None


@pytest.mark.parametrize(
    ("outcome", "has_baseline", "is_promoted"),
    [
        ("Deployed", True, True),
        ("ModelRejected", True, False),
        ("ModelRejected", False, True),
    ],
)
def test_statistics_become_the_baseline_of_a_live_model_or_of_the_first_run(
    outcome: str, has_baseline: bool, is_promoted: bool
) -> None:
    dataset = {"statistics_uri": "s3://a/statistics/"}
    document = record.record_of(event(outcome, dataset=dataset), [], START)
    found = record.statistics_to_promote(document, has_baseline=has_baseline)
    assert found == ("s3://a/statistics/" if is_promoted else None)


def test_a_run_that_never_had_data_promotes_nothing() -> None:
    document = record.record_of(event("ContextRejected"), [], START)
    assert record.statistics_to_promote(document, has_baseline=False) is None


@pytest.mark.parametrize("told_by", ["run", record.JANITOR])
def test_a_run_that_the_janitor_comes_back_to_is_neither_told_nor_counted_again(
    told_by: str, fake_s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = MagicMock()
    clients = {"s3": fake_s3, "sns": topic, "dynamodb": DynamoDb({})}
    monkeypatch.setattr(handler, "client", lambda service: clients.get(service) or MagicMock())
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    ended = event("TrainingFailed", attempt=0, recorded_by=told_by)
    handler.handle(ended, None)
    assert "RunSeconds" in capsys.readouterr().out and topic.publish.call_count == 1
    handler.handle(ended | {"recorded_by": record.JANITOR}, None)
    assert "RunSeconds" not in capsys.readouterr().out and topic.publish.call_count == 1


def metrics_of(printed: str) -> dict[str, float]:
    """The metrics of every line in CloudWatch's embedded format, added up."""
    sums: dict[str, float] = {}
    for line in filter(lambda line: '"_aws"' in line, printed.splitlines()):
        document = json.loads(line)
        for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            sums[metric["Name"]] = sums.get(metric["Name"], 0) + document[metric["Name"]][0]
    return sums


@pytest.fixture
def record_again(
    fake_s3: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, float]]:
    """Records ends of one run, each with the training jobs that it has by then; all that was published."""
    clients = {"s3": fake_s3, "dynamodb": DynamoDb({})}
    monkeypatch.setattr(handler, "client", lambda service: clients.get(service) or MagicMock())
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    def record_all(*ends: tuple[int, str, list[costs.Job]]) -> dict[str, float]:
        for attempt, outcome, jobs in ends:
            told_by = record.JANITOR if outcome == "RunFailed" else "run"
            monkeypatch.setattr(costs, "jobs_of", lambda *_, found=jobs: found)
            handler.handle(event(outcome, attempt=attempt, recorded_by=told_by), None)
        return metrics_of(capsys.readouterr().out)

    return record_all


def test_a_redriven_run_adds_only_what_its_attempts_trained(record_again: Any) -> None:
    added_up = record_again(
        (0, "RunFailed", [TRAINED] * 1), (1, "RunFailed", [TRAINED] * 1), (2, "Deployed", [TRAINED] * 3)
    )
    assert added_up["TrainingAttempts"] == 3
    assert added_up["TrainingCostUsd"] == added_up["RunCostUsd"] == 3 * 2.0
    assert added_up["TrainingSeconds"] == 3 * 100
    assert added_up["Runs"] == 3, "each end with its outcome"


def test_what_a_stopped_job_trained_until_it_had_ended_is_added_by_the_next_attempt(
    record_again: Any,
) -> None:
    stopping = replace(TRAINED, training_seconds=70)
    added_up = record_again((0, "RunFailed", [stopping]), (1, "Deployed", [TRAINED]))
    assert (added_up["TrainingAttempts"], added_up["TrainingSeconds"]) == (1, 100)


def test_an_end_that_is_recorded_again_is_not_counted_again(record_again: Any) -> None:
    once = record_again((0, "Deployed", [TRAINED] * 2))
    assert once["TrainingAttempts"] == 2
    assert record_again((0, "Deployed", [TRAINED] * 2)) == {}, (
        "its function died after the work and was tried again"
    )


def test_word_of_an_earlier_attempt_changes_nothing_after_a_later_one(
    record_again: Any, fake_s3: Any
) -> None:
    assert record_again((1, "Deployed", [TRAINED] * 2))["Runs"] == 1
    assert record_again((0, "RunFailed", [TRAINED] * 1)) == {}
    assert json.loads(fake_s3.objects["artifacts", "pipeline/run-1/outcome.json"])["outcome"] == "Deployed"
