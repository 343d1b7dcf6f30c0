"""Says why an attempt ended, whether its checkpoint had advanced, and what the next one may change."""

from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from functions.clients import client
from functions.training.classify_failure.classification import Classified, classify, family_of
from functions.training.classify_failure.verdict import Checkpoint, verdict_on

logger = Logger(service="training")


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"failure", "checkpoint_uri", "checkpoint", "hyperparameters", "recovery", "spent"}` → the verdict."""
    failure = event["failure"]
    classified = classify(failure.get("Error") or "", failure.get("Cause") or "")
    verdict = verdict_on(classified, newest_checkpoint(event["checkpoint_uri"]), event)
    logger.warning("attempt failed", extra={"kind": verdict["kind"], "job": classified.evidence.job_name})
    lost_seconds = verdict["spent"]["lost_seconds"] - event["spent"]["lost_seconds"]
    measure(classified, is_affordable=verdict["is_affordable"], lost_seconds=lost_seconds)
    return verdict


def measure(classified: Classified, *, is_affordable: bool, lost_seconds: int) -> None:
    """The attempt by class and by family, whether the cost cap ends the ladder, and the work it lost."""
    figures = [
        ("FailedAttempts", MetricUnit.Count, 1, {"failure": classified.kind.__name__}),
        ("FailedAttempts", MetricUnit.Count, 1, {"family": family_of(classified.kind)}),
        ("CostCapReached", MetricUnit.Count, int(not is_affordable), {}),
        ("TrainingLostSeconds", MetricUnit.Seconds, lost_seconds, {}),
    ]
    for name, unit, figure, dimensions in figures:
        metrics = EphemeralMetrics(service="training")
        for dimension, value in dimensions.items():
            metrics.add_dimension(dimension, value)
        metrics.add_metric(name, unit, figure)
        metrics.add_metadata("job", classified.evidence.job_name)
        metrics.flush_metrics()


def newest_checkpoint(uri: str) -> Checkpoint | None:
    """The object written last below the URI; None when there is none."""
    where = urlsplit(uri)
    prefix = where.path.strip("/") + "/"
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=where.netloc, Prefix=prefix)
    entries = [entry for page in pages for entry in page.get("Contents", ())]
    if not entries:
        return None
    newest = max(entries, key=lambda entry: (entry["LastModified"], entry["Key"]))
    return Checkpoint(f"{newest['Key']} {newest['ETag']}", newest["LastModified"].timestamp())
