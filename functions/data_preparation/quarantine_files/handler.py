"""Moves rejected files to the dead letters beside their reports and words the alert."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts import landed
from contracts.artifacts import RunKeys
from functions.clients import client
from functions.data_preparation.quarantine_files import quarantine as gate
from functions.data_preparation.quarantine_files.rejection import Refused, alert

logger = Logger(service="data_preparation")
metrics = Metrics(service="data_preparation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "data", "contract", "failed": [{"key", "report_uri"}]}` → `{"moved", "alert"}`."""
    dataset, run_id = event["data"]["dataset"], event["run"]["id"]
    files = landed.planned(client("s3"), os.environ["ARTIFACTS_BUCKET"], RunKeys(run_id))
    dead_letters = gate.dead_letters(dataset, run_id, event["failed"])
    moved, refused = dict[str, str](), list[Refused]()
    for file in event["failed"]:
        key, report = file["key"], gate.read_report(client("s3"), file["report_uri"])
        moved[key] = gate.quarantine(client("s3"), files[key], dead_letters[key], report)
        refused.append(Refused.of(report))
    logger.info("quarantined", extra={"moved": moved})
    metrics.add_metric("FilesRejected", MetricUnit.Count, len(moved))
    return {
        "moved": moved,
        "alert": alert(dataset, run_id, refused, list(moved.values()), event["contract"]),
    }
