"""Starts a run of the pipeline, whoever asks: by hand, by schedule, by alarm, by landed data."""

import json
import os
import time
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.clients import client
from functions.retraining.start_run import requests
from functions.retraining.start_run.single_flight import Admission, Gate

logger = Logger(service="retraining")
metrics = Metrics(service="retraining")


@metrics.log_metrics
def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A RunContext or an event that stands for one → `{"status", "execution_arn", "run_id"}`.

    Raises ContextRejected, naming the field, before anything is started.
    """
    request = requests.read(event, context.aws_request_id)
    admission = admit(request)
    if admission.run_id:
        start(request, is_new=admission.status == "started")
    logger.info("asked", extra={"trigger": request.context.trigger, **vars(admission)})
    metrics.add_dimension("status", admission.status)
    metrics.add_metric("RunsRequested", MetricUnit.Count, 1)
    return {
        "status": admission.status,
        "execution_arn": admission.execution_arn,
        "run_id": admission.run_id,
    }


def admit(request: requests.Request) -> Admission:
    """Asks the gate whether this request may start a run now."""
    machine_arn = os.environ["PIPELINE_MACHINE_ARN"]
    execution_arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{request.run_id}"
    cooldown_minutes = json.loads(os.environ["COOLDOWN_MINUTES"])[request.context.trigger.value]
    return gate().admit(
        request.run_id,
        execution_arn,
        request.context.trigger.value,
        now_seconds=int(time.time()),
        cooldown_seconds=60 * int(cooldown_minutes),
    )


def start(request: requests.Request, *, is_new: bool) -> None:
    """Starts the admitted execution; a failure to do so withdraws the admission, for the retry.

    A repeated event starts it too: its first delivery may have died between admission and start, and the same
    name with the same input is the same execution.
    """
    stepfunctions = client("stepfunctions")
    try:
        stepfunctions.start_execution(
            stateMachineArn=os.environ["PIPELINE_MACHINE_ARN"],
            name=request.run_id,
            input=json.dumps(request.context.to_dict()),
        )
    except stepfunctions.exceptions.ExecutionAlreadyExists:
        logger.info("that run is over", extra={"run_id": request.run_id})
    except Exception:
        if is_new:
            gate().withdraw(request.run_id, request.context.trigger.value)
        raise


@cache
def gate() -> Gate:
    """The gate, made once."""
    return Gate(
        dynamodb=client("dynamodb"),
        table=os.environ["RUNS_TABLE"],
        lease_seconds=int(os.environ["LEASE_SECONDS"]),
    )
