"""Removes a run's checkpoints once no resume can need them; after a failed training its models too."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts.failures import JobsRunning
from functions.clients import client
from functions.training.remove_checkpoints import removal
from functions.training.remove_checkpoints.running import running_jobs

logger = Logger(service="training")
metrics = Metrics(service="training")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "includes_models"?}` → `{"removed": {prefix: objects}}`.

    Raises JobsRunning, for the state's retrier, while a job of the run has not ended.
    """
    bucket, run = os.environ["ARTIFACTS_BUCKET"], event["run"]
    running = list(running_jobs(client("sagemaker"), os.environ["JOB_PREFIX"], run["arn"]))
    metrics.add_metric("JobsStillRunning", MetricUnit.Count, len(running))
    if running:
        raise JobsRunning(f"{', '.join(running)} of run {run['id']} can still resume: try again later")
    chosen = removal.prefixes(run["id"], includes_models=event.get("includes_models", False))
    removed = {prefix: removal.remove(client("s3"), bucket, prefix) for prefix in chosen}
    logger.info("removed", extra={"removed": removed})
    metrics.add_metric("ObjectsRemoved", MetricUnit.Count, sum(removed.values()))
    return {"removed": removed}
