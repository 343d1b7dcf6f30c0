"""Removes a run's checkpoints once no resume can need them; after a failed training its models too."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.clients import client
from functions.training.remove_checkpoints import removal

logger = Logger(service="training")
metrics = Metrics(service="training")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "includes_models"?}` → `{"removed": {prefix: objects}}`."""
    bucket = os.environ["ARTIFACTS_BUCKET"]
    chosen = removal.prefixes(event["run"]["id"], includes_models=event.get("includes_models", False))
    removed = {prefix: removal.remove(client("s3"), bucket, prefix) for prefix in chosen}
    logger.info("removed", extra={"removed": removed})
    metrics.add_metric("ObjectsRemoved", MetricUnit.Count, sum(removed.values()))
    return {"removed": removed}
