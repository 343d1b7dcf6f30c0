"""Explains a failed run before anybody opens the console."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.pipeline.explain_failure.explanation import explain

logger = Logger(service="pipeline")
metrics = Metrics(service="pipeline")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "failure": {"Error", "Cause", "Stage"}}` → outcome, stage, error, why, evidence, next_step."""
    explanation = explain(event["failure"])
    logger.warning("explained", extra={"run_id": event["run"]["id"], **explanation.to_dict()})
    metrics.add_dimension("error", explanation.error)
    metrics.add_metric("FailuresByClass", MetricUnit.Count, 1)
    return explanation.to_dict()
