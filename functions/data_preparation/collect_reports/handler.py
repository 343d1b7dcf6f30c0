"""Collects the reports that the validating job wrote, as the function would answer for each file."""

import json
import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts import landed, stored
from contracts.artifacts import RunKeys
from functions.clients import client
from functions.data_preparation.collect_reports.verdict import verdict

logger = Logger(service="data_preparation")
metrics = Metrics(service="data_preparation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "files": [{"key"}]}` → `{"is_valid", "failed": [{"key", "report_uri", "violations"}]}`.

    Raises DataReplaced where the job need not have read what was planned.
    """
    keys = RunKeys(event["run"]["id"])
    landed.refuse_replaced(client("s3"), os.environ["ARTIFACTS_BUCKET"], keys)
    bucket, places = (
        os.environ["ARTIFACTS_BUCKET"],
        {one["key"]: keys.file_report(one["key"]) for one in event["files"]},
    )
    # One after the other: those of hundreds of wide files would not fit the function's memory.
    reports = ((key, read_report(place)) for key, place in places.items())
    answer = verdict(reports, {key: f"s3://{bucket}/{place}" for key, place in places.items()})
    violations = sum(file["violations"] for file in answer["failed"])
    logger.info("collected", extra={"files": len(places), "violations": violations})
    metrics.add_metric("FileViolations", MetricUnit.Count, violations)
    return answer


def read_report(key: str) -> Any:
    """A report of the run, as JSON; None where there is none."""
    body = stored.read(client("s3"), os.environ["ARTIFACTS_BUCKET"], key)
    return None if body is None else json.loads(body)
