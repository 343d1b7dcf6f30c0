"""Removes a run's checkpoints once no resume can need them; after a failed training its models too."""

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.training.remove_checkpoints import removal

logger = Logger(service="training")
metrics = Metrics(service="training")


@cache
def s3() -> Any:
    """The S3 client, made once."""
    return boto3.client("s3")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "includes_models"?}` → `{"removed": {prefix: objects}}`."""
    bucket = os.environ["ARTIFACTS_BUCKET"]
    chosen = removal.prefixes(event["run"]["id"], includes_models=event.get("includes_models", False))
    removed = {prefix: removal.remove(s3(), bucket, prefix) for prefix in chosen}
    logger.info("removed", extra={"removed": removed})
    metrics.add_metric("ObjectsRemoved", MetricUnit.Count, sum(removed.values()))
    return {"removed": removed}
