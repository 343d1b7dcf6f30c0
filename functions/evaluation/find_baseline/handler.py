"""Finds the model that a candidate is held against: the one in production."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.clients import client
from functions.evaluation.find_baseline.served import served_model

logger = Logger(service="evaluation")
metrics = Metrics(service="evaluation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run"}` → `{"exists", "model_name", "package_arn"}`."""
    baseline = served_model(client("sagemaker"), os.environ["ENDPOINT_NAME"])
    logger.info("baseline", extra={"run_id": event["run"]["id"], **baseline})
    metrics.add_metric("BaselineFound", MetricUnit.Count, int(baseline["exists"]))
    return baseline
