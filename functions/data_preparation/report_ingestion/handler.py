"""Says what of a run's records reached the Feature Store, from the reports of the ingestion job's hosts."""

import json
import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts import landed
from contracts.artifacts import RunKeys
from contracts.failure_line import failure_of_job
from contracts.failures import DataReplaced
from functions.clients import client
from functions.data_preparation.report_ingestion import arrival

logger = Logger(service="data_preparation")
metrics = Metrics(service="data_preparation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "data", "failure"}` → `{"ingestion": {"status", …}, "alert": {"subject", "message"}}`."""
    run_id, dataset, failure = event["run"]["id"], event["data"]["dataset"], event["failure"]
    keys = RunKeys(run_id)
    reports = [] if failure else read_reports(keys.ingestion)
    if not reports:
        failure = failure or {"Error": "DataMissing", "Cause": "the job ended without a report; see its log"}
        ingestion, report = arrival.failed(cause_of(failure, keys)), None
    else:
        report = arrival.together(reports)
        ingestion = arrival.summary(report, float(os.environ["MAX_FAILED_SHARE"]))
    logger.info("reported", extra={"run_id": run_id, "ingestion": ingestion})
    measure(report)
    return {"ingestion": ingestion, "alert": arrival.alert(ingestion, report, dataset, run_id)}


def cause_of(failure: Mapping[str, Any], keys: RunKeys) -> str:
    """Why the job failed: what its container wrote; where it never ran, whether files have gone; or what AWS
    said."""
    cause = str(failure.get("Cause") or "")
    written = failure_of_job(cause)
    try:
        if written is None:
            landed.refuse_replaced(client("s3"), os.environ["ARTIFACTS_BUCKET"], keys)
    except DataReplaced as replaced:
        written = replaced
    return written.told if written else f"{failure['Error']}: {cause}"


def read_reports(prefix: str) -> list[arrival.Report]:
    """The reports below the run's prefix, one a host."""
    bucket = os.environ["ARTIFACTS_BUCKET"]
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    bodies = (client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    return [arrival.Report.from_dict(json.loads(body)) for body in bodies]


def measure(report: arrival.Report | None) -> None:
    """The counts as metrics; an ingestion without a report counts as one that failed."""
    metrics.add_metric("IngestionsFailed", MetricUnit.Count, int(report is None))
    if report:
        metrics.add_metric("RecordsIngested", MetricUnit.Count, report.ingested)
        metrics.add_metric("RecordsNotIngested", MetricUnit.Count, report.lost)
        metrics.add_metric("RecordsRetried", MetricUnit.Count, report.retried)
        metrics.add_metric("IngestionSeconds", MetricUnit.Seconds, report.seconds)
