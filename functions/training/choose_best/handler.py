"""Reduces what training reported to the best candidate, or to the best configuration over its folds."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.training.choose_best.choice import best_of
from functions.training.choose_best.folds import best_of_folds

logger = Logger(service="training")
metrics = Metrics(service="training")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"trained", "candidates", "configurations", "objective", "tolerated_failure_percentage"}` →
    `{"candidate"}`, or with configurations `{"configuration", "cross_validation"}`."""
    return over_folds(event) if event.get("configurations") else over_candidates(event)


def over_candidates(event: dict[str, Any]) -> dict[str, Any]:
    """The best trained candidate."""
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


def over_folds(event: dict[str, Any]) -> dict[str, Any]:
    """The best configuration, to be trained on all rows; `cross_validation` says where each one stands."""
    objective = event["objective"]
    found = best_of_folds(
        event["trained"],
        event["configurations"],
        event["candidates"],
        objective["metric"],
        objective["direction"],
        event["tolerated_failure_percentage"],
    )
    best = found.standings[0]
    logger.info("chosen", extra={"explanation": found.explanation})
    metrics.add_metric("BestObjective", MetricUnit.NoUnit, best.mean or 0.0)
    metrics.add_metric("BestObjectiveDeviation", MetricUnit.NoUnit, best.deviation or 0.0)
    seconds = sum(one.billable_seconds for one in found.standings)
    metrics.add_metric("TrainingBillableSeconds", MetricUnit.Seconds, seconds)
    return found.to_dict()
