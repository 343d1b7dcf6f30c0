"""Says why an attempt ended, whether its checkpoint had advanced, and what the next one may change."""

from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts.failures import NameCollision, ServiceUnavailable
from functions.clients import client
from functions.training.classify_failure.classification import classify
from functions.training.classify_failure.recovery import changes

MESSAGE_CHARACTERS = 4000

logger = Logger(service="training")
metrics = Metrics(service="training")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"failure", "checkpoint_uri", "checkpoint", "hyperparameters", "recovery"}` → the verdict on it."""
    failure = event["failure"]
    classified = classify(failure.get("Error") or "", failure.get("Cause") or "")
    newest = newest_checkpoint(event["checkpoint_uri"])
    kind = classified.kind.__name__
    logger.warning("attempt failed", extra={"kind": kind, "job": classified.evidence.job_name})
    metrics.add_dimension("failure", kind)
    metrics.add_metric("FailedAttempts", MetricUnit.Count, 1)
    return {
        "kind": kind,
        "message": classified.message[:MESSAGE_CHARACTERS],
        "is_transient": issubclass(classified.kind, (ServiceUnavailable, NameCollision)),
        "has_progressed": newest not in ("", event["checkpoint"]),
        "checkpoint": newest,
        "billable_seconds": classified.evidence.billable_seconds,
        **changes(event["hyperparameters"], event["recovery"]),
    }


def newest_checkpoint(uri: str) -> str:
    """Key and ETag of the object written last below the URI; empty when there is none."""
    where = urlsplit(uri)
    prefix = where.path.strip("/") + "/"
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=where.netloc, Prefix=prefix)
    entries = [entry for page in pages for entry in page.get("Contents", ())]
    if not entries:
        return ""
    newest = max(entries, key=lambda entry: (entry["LastModified"], entry["Key"]))
    return f"{newest['Key']} {newest['ETag']}"
