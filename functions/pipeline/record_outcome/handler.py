"""Last state of every run: writes the record, publishes metrics and the alert, frees the pipeline."""

import json
import os
import time
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from contracts import stored
from contracts.artifacts import RunKeys, baseline_key, fine_baseline_key
from contracts.failure_record import FailureRecord, LogTail
from contracts.instances import catalogue
from contracts.run import Outcome
from functions.clients import client
from functions.pipeline.record_outcome import approvals, costs, leftovers, published, record, run_lock
from functions.pipeline.record_outcome.costs import Job
from functions.pipeline.record_outcome.failure import failed_jobs, failure_record
from functions.pipeline.record_outcome.log_tail import log_tail

logger = Logger(service="pipeline")
EFFORT = ("attempts", "spot_windows", "interruptions", "training_seconds", "billable_seconds", "cost_usd")


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "started_at", "attempt", "explanation", …}` → outcome, why, record_uri, duration, cost."""
    run = event["run"]
    try:
        document, record_uri = record_run(event)
    finally:
        # Whatever went wrong above, the next run may begin.
        run_lock.release_lock(client("dynamodb"), os.environ["RUNS_TABLE"], run["id"])
    logger.info(
        "recorded",
        extra={
            "run_id": run["id"],
            "outcome": document["outcome"],
            "why": document["why"],
        },
    )
    summary = {name: document[name] for name in ("outcome", "why", "duration_seconds", "cost_usd")}
    return {**summary, "record_uri": record_uri}


def record_run(event: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Writes the record, keeps the statistics that it calls for, and tells who should know."""
    run, started_at = event["run"], datetime.fromisoformat(event["started_at"])
    earlier = read_earlier(event)
    if earlier and record.is_last_word(earlier, event["attempt"]):
        return earlier, uri_of(RunKeys(run["id"]).outcome)
    known = catalogue().with_prices(json.loads(os.environ["INSTANCE_PRICES"]))
    jobs = costs.jobs_of(client("sagemaker"), os.environ["JOB_PREFIX"], run["arn"], started_at, known)
    document = record.merged(record.record_of(event, jobs, datetime.now(UTC)), earlier)
    record_uri = write(RunKeys(run["id"]).outcome, document)
    promote_statistics(document)
    marked = leftovers.mark_leftovers(client("s3"), os.environ["ARTIFACTS_BUCKET"], run["id"])
    withdrawn = approvals.withdraw_requests(client("dynamodb"), os.environ["APPROVALS_TABLE"], run["arn"])
    logger.info("marked", extra={"run_id": run["id"], "left_behind": marked, "withdrawn": withdrawn})
    failure = record_failure(document, event["explanation"].get("details", ""), jobs)
    measure_once(document)
    if failure and not earlier:  # the janitor may come back to a run: it is told once
        publish_alert(document, failure)
    return document, record_uri


def read_earlier(event: dict[str, Any]) -> dict[str, Any] | None:
    """The record that the janitor's event finds of the same attempt or a later one."""
    if event.get("recorded_by") != record.JANITOR:
        return None
    key = RunKeys(event["run"]["id"]).outcome
    body = stored.read(client("s3"), os.environ["ARTIFACTS_BUCKET"], key)
    if body is None:
        return None
    earlier: dict[str, Any] = json.loads(body)
    return earlier if record.has_reached(earlier, event["attempt"]) else None


def record_failure(document: dict[str, Any], details: str, jobs: list[Job]) -> FailureRecord | None:
    """Writes the failure record; None for a run that did not fail."""
    if not Outcome(document["outcome"]).is_failure:
        return None
    failed = failed_jobs(document["stage"], jobs)
    failure = failure_record(document, details, failed, last_lines(failed[-1]) if failed else None)
    write(RunKeys(failure.run_id).failure, failure.to_dict())
    return failure


def last_lines(job: Job) -> LogTail | None:
    """The end of the job's log. Whatever keeps it from being read, the alert goes out without it."""
    try:
        return log_tail(client("logs"), job.kind, job.name)
    except ClientError as error:
        logger.warning("no log lines", extra={"job": job.name, "error": str(error)})
        return None


def write(key: str, document: dict[str, Any]) -> str:
    """Writes the record and returns its URI."""
    bucket = os.environ["ARTIFACTS_BUCKET"]
    client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(document, indent=1).encode())
    return uri_of(key)


def uri_of(key: str) -> str:
    """An object of the artifacts bucket."""
    return f"s3://{os.environ['ARTIFACTS_BUCKET']}/{key}"


def promote_statistics(document: dict[str, Any]) -> None:
    """Makes the run's statistics the dataset's baseline where they should be."""
    if not document.get("data"):
        return
    bucket, key = os.environ["ARTIFACTS_BUCKET"], baseline_key(document["data"]["dataset"])
    has_baseline = stored.exists(client("s3"), bucket, key)
    uri = record.statistics_to_promote(document, has_baseline=has_baseline)
    if uri:
        folder = uri.removeprefix(f"s3://{bucket}/").removesuffix("statistics.json").rstrip("/")
        for target in (fine_baseline_key(document["data"]["dataset"]), key):
            source = {"Bucket": bucket, "Key": f"{folder}/{target.rpartition('/')[2]}"}
            client("s3").copy_object(Bucket=bucket, Key=target, CopySource=source)


def publish_alert(document: dict[str, Any], failure: FailureRecord) -> None:
    """Tells whoever is on call; without the metric an alarm says that a run failed and nobody told."""
    alert = record.alert_of(document, failure)
    client("sns").publish(
        TopicArn=os.environ["ALERTS_TOPIC_ARN"], Subject=alert["subject"], Message=alert["message"]
    )
    told = EphemeralMetrics(service="pipeline")
    told.add_metric("RunsTold", MetricUnit.Count, 1)
    told.flush_metrics()


def measure_once(document: dict[str, Any]) -> None:
    """Publishes each end of a run once, and of cost and effort what its attempt added."""
    added = published.claim(
        client("dynamodb"),
        os.environ["RUNS_TABLE"],
        document["run"]["id"],
        document["attempt"],
        totals_of(document),
        int(time.time()),
    )
    if added is not None:
        measure(document, added)


def measure(document: dict[str, Any], added: dict[str, float]) -> None:
    """Duration, cost and outcome; the run's id is in the log, not in a dimension."""
    runs = EphemeralMetrics(service="pipeline")
    runs.add_dimension("outcome", document["outcome"])
    runs.add_metric("Runs", MetricUnit.Count, 1)
    runs.add_metric("RunSeconds", MetricUnit.Seconds, document["duration_seconds"])
    runs.add_metric("RunCostUsd", MetricUnit.NoUnit, added["run_cost_usd"])
    runs.add_metadata("execution_arn", document["run"]["arn"])
    runs.flush_metrics()
    if any(added.get(name) for name in EFFORT):  # no job, but more seconds of one that was stopping then
        measure_effort(added)


def totals_of(document: dict[str, Any]) -> dict[str, float]:
    """What the run cost, and what its training took: over all its jobs, those of failed ladders too."""
    effort = document["effort"] or {}
    return {"run_cost_usd": document["cost_usd"], **{name: effort[name] for name in EFFORT if effort}}


def measure_effort(added: dict[str, float]) -> None:
    """What the attempt trained."""
    training = EphemeralMetrics(service="training")
    training.add_metric("TrainingAttempts", MetricUnit.Count, added["attempts"])
    training.add_metric("SpotWindows", MetricUnit.Count, added["spot_windows"])
    training.add_metric("SpotInterruptions", MetricUnit.Count, added["interruptions"])
    training.add_metric("TrainingSeconds", MetricUnit.Seconds, added["training_seconds"])
    training.add_metric("TrainingBillableSeconds", MetricUnit.Seconds, added["billable_seconds"])
    training.add_metric("TrainingCostUsd", MetricUnit.NoUnit, added["cost_usd"])
    training.flush_metrics()
