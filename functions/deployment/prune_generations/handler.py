"""Keeps the last few endpoint configurations to go back to and removes the older ones."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.clients import client
from functions.deployment.prune_generations import generations

logger = Logger(service="deployment")
metrics = Metrics(service="deployment")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "in_use": [configuration names]}` → `{"removed": […]}`."""
    names = generations.configurations(client("sagemaker"), os.environ["CONFIG_PREFIX"])
    removed = generations.to_prune(names, event["in_use"], int(os.environ["KEPT_GENERATIONS"]))
    for name in removed:
        generations.remove(client("sagemaker"), name)
    logger.info("pruned", extra={"run_id": event["run"]["id"], "removed": removed})
    metrics.add_metric("GenerationsRemoved", MetricUnit.Count, len(removed))
    return {"removed": removed}
