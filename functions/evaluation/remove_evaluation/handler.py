"""Removes what an evaluation created: its scoring models always, the rest when the evaluation failed."""

import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts.artifacts import RunKeys
from functions.clients import client
from functions.evaluation.remove_evaluation import removal

logger = Logger(service="evaluation")
metrics = Metrics(service="evaluation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "model_names", "includes_artifacts", "package_arn"}` → what was removed."""
    run_id = event["run"]["id"]
    if event["package_arn"]:
        removal.withdraw_package(client("sagemaker"), event["package_arn"], f"Evaluation failed in {run_id}")
    prefix = RunKeys(run_id).stage("evaluation")
    objects = (
        removal.remove_objects(client("s3"), os.environ["ARTIFACTS_BUCKET"], prefix)
        if event["includes_artifacts"]
        else 0
    )
    models = removal.remove_models(client("sagemaker"), event["model_names"])
    removed = {"package_arn": event["package_arn"], "objects": objects, "models": models}
    logger.info("removed", extra={"run_id": run_id, "removed": removed})
    metrics.add_metric("ObjectsRemoved", MetricUnit.Count, objects)
    return removed
