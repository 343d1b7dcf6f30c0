"""Reads the evaluator's report and pronounces the verdict on a candidate."""

import hashlib
import json
import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts.evaluation import METRICS, Report, Verdict
from functions.clients import client
from functions.evaluation.judge_candidate import registration
from functions.evaluation.judge_candidate.judgement import Thresholds, judge, relative_drops

logger = Logger(service="evaluation")
metrics = Metrics(service="evaluation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "report_uri", "candidate", "dataset", "baseline"}` → verdict, digest, metrics, metadata."""
    body = client("s3").get_object(**_location(event["report_uri"]))["Body"].read()
    report = Report.from_dict(json.loads(body))
    model_bytes = client("s3").head_object(**_location(event["candidate"]["model_uri"]))["ContentLength"]
    verdict = judge(report, Thresholds(**json.loads(os.environ["THRESHOLDS"])), model_bytes)
    logger.info("judged", extra={"run_id": event["run"]["id"], **verdict.to_dict()})
    measure(report, verdict)
    return {
        "verdict": verdict.to_dict(),
        "report_sha256": hashlib.sha256(body).hexdigest(),
        "metrics": registration.metrics_of(report),
        "metadata": registration.metadata_of(event, report, verdict),
    }


def measure(report: Report, verdict: Verdict) -> None:
    """The comparison and the decision as metrics."""
    metrics.add_dimension("decision", verdict.decision.value)
    metrics.add_metric("Verdicts", MetricUnit.Count, 1)
    for name in METRICS:
        metrics.add_metric(f"Test{name.capitalize()}", MetricUnit.NoUnit, report.candidate[name])
        if name in report.differences:
            difference = report.differences[name].value
            metrics.add_metric(f"Test{name.capitalize()}Difference", MetricUnit.NoUnit, difference)
    for name, drop in relative_drops(report).items():
        metrics.add_metric(f"Test{name.capitalize()}DropPercent", MetricUnit.Percent, 100 * drop)


def _location(uri: str) -> dict[str, str]:
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    return {"Bucket": bucket, "Key": key}
