"""Reduces what training reported to the best candidate."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.training.choose_best.choice import best_of

logger = Logger(service="training")
metrics = Metrics(service="training")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"trained", "candidates", "objective", "tolerated_failure_percentage"}` → `{"candidate"}`."""
    objective = event["objective"]
    best = best_of(
        event["trained"],
        event["candidates"],
        objective["metric"],
        objective["direction"],
        event["tolerated_failure_percentage"],
    )
    logger.info("chosen", extra={"candidate": best.id, "metrics": dict(best.metrics)})
    metrics.add_metric("BestObjective", MetricUnit.NoUnit, best.metrics[objective["metric"]])
    metrics.add_metric("TrainingAttempts", MetricUnit.Count, best.attempts)
    metrics.add_metric("TrainingBillableSeconds", MetricUnit.Seconds, best.billable_seconds)
    return {"candidate": best.to_dict()}
