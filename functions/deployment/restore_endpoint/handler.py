"""Brings the live endpoint back to what it served before a failed deployment, and removes what that made."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.clients import client
from functions.deployment.restore_endpoint.restoration import Deployment, restore

logger = Logger(service="deployment")
metrics = Metrics(service="deployment")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "endpoint_name", "is_live_touched", …}` → `{"is_settled", "live"}`."""
    result = restore(client("sagemaker"), Deployment.from_event(event))
    logger.warning("restoring", extra={"run_id": event["run"]["id"], **result})
    metrics.add_metric("EndpointRestorations", MetricUnit.Count, int(result["is_settled"]))
    return result
