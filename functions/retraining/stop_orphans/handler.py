"""The janitor: cleans up after runs that were aborted or ran out of time, and records how they ended."""

import json
import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.clients import client
from functions.retraining.stop_orphans import ending, orphans

logger = Logger(service="retraining")
metrics = Metrics(service="retraining")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, list[str]]:
    """A "Step Functions Execution Status Change" of the pipeline → what was stopped."""
    detail = event["detail"]
    stopped = stop_everything(detail["executionArn"], detail["name"])
    record(ending.ending_of(detail, os.environ["PIPELINE"], stopped))
    logger.warning("stopped", extra={"run_id": detail["name"], "stopped": stopped})
    metrics.add_metric("OrphansStopped", MetricUnit.Count, sum(map(len, stopped.values())))
    return stopped


def stop_everything(run_arn: str, run_id: str) -> dict[str, list[str]]:
    """Stops and removes, by kind, what carries the run's id; children first: they start nothing more."""
    machines, prefix = json.loads(os.environ["CHILD_MACHINE_ARNS"]), os.environ["JOB_PREFIX"]
    sagemaker = client("sagemaker")
    return {
        "executions": orphans.stop_children(client("stepfunctions"), machines, run_id),
        "jobs": orphans.stop_jobs(sagemaker, prefix, run_arn),
        "endpoints": orphans.delete_staging(sagemaker, prefix, run_arn),
        "packages": orphans.reject_packages(sagemaker, os.environ["PACKAGE_GROUP"], run_arn),
    }


def record(outcome: dict[str, Any]) -> None:
    """Lets record_outcome write the record, tell whoever is on call and free the pipeline."""
    response = client("lambda").invoke(
        FunctionName=os.environ["RECORD_OUTCOME_FUNCTION"], Payload=json.dumps(outcome).encode()
    )
    if "FunctionError" in response:
        raise RuntimeError(f"record_outcome failed: {response['Payload'].read()!r}")
