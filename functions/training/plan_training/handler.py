"""Plans one lap of training: which candidates, on which ladder, judged by which objective."""

import json
import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.training.plan_training.plan import plan_lap

logger = Logger(service="training")
metrics = Metrics(service="training")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "dataset", "training"}` → candidates, ladder, objective and the bounds of a sweep."""
    settings = json.loads(os.environ["TRAINING"])
    plan = plan_lap(settings, event["training"], event["dataset"], os.environ["KEY_ARN"])
    logger.info("planned", extra={"candidates": plan["candidates"]})
    metrics.add_metric("Candidates", MetricUnit.Count, len(plan["candidates"]))
    return plan
