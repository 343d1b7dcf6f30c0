"""First state of a run: checks the request, takes the run lock and answers the plan."""

import os
import time
from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts.artifacts import incoming_prefix
from contracts.run import RunContext
from functions.clients import client
from functions.pipeline.resolve_run import plan, run_lock

logger = Logger(service="pipeline")
metrics = Metrics(service="pipeline")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"context", "run": {"id", "arn", "prefix", "pipeline"}}` → the plan of the run."""
    run, defaults = event["run"], plan.Defaults.from_environment(os.environ)
    context = RunContext.from_dict(without_step_functions_fields(event["context"]))
    plan.refuse_unsupported(context)
    plan.refuse_hyperparameters(context, defaults)
    dataset = plan.dataset_of(context, defaults)
    run_lock.take_lock(
        client("dynamodb"),
        os.environ["RUNS_TABLE"],
        run["id"],
        run["arn"],
        now_seconds=int(time.time()),
        lease_seconds=int(os.environ["LEASE_SECONDS"]),
    )
    run_lock.restart_count(client("dynamodb"), os.environ["RUNS_TABLE"], dataset)
    window = plan.choose_window(context, defaults, landed_keys(dataset))
    logger.info(
        "planned", extra={"run_id": run["id"], "trigger": context.trigger, "window": window.to_dict()}
    )
    metrics.add_metric("RunsStarted", MetricUnit.Count, 1)
    return plan.plan_run(context, defaults, run, window, os.environ["ARTIFACTS_BUCKET"])


def without_step_functions_fields(context: Any) -> Any:
    """The context without the link that Step Functions' console adds to an execution's input."""
    if not isinstance(context, dict):
        return context
    return {name: value for name, value in context.items() if not name.startswith("AWS_STEP_FUNCTIONS_")}


def landed_keys(dataset: str) -> Iterator[str]:
    """The keys below the dataset's landing prefix."""
    pages = (
        client("s3")
        .get_paginator("list_objects_v2")
        .paginate(Bucket=os.environ["LANDING_BUCKET"], Prefix=incoming_prefix(dataset))
    )
    for page in pages:
        yield from (entry["Key"] for entry in page.get("Contents", ()))
