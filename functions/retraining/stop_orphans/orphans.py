"""Finds what an aborted or timed-out run left running, and stops it. Such runs skip every Catch, and Step
Functions only tries to stop their nested executions and jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from functions.retraining.stop_orphans.stopped_run import StoppedRun

# A tuning job starts training jobs as long as it runs: it goes first. Each kind with boto3's word for it.
JOB_KINDS = {
    "HyperParameterTuning": "hyper_parameter_tuning",
    "Training": "training",
    "Processing": "processing",
    "Transform": "transform",
}


def stop_children(stepfunctions: Any, machine_arns: Sequence[str], run: StoppedRun) -> Iterator[str]:
    """Stops the run's nested executions, known by their input; yields each one's ARN when it is done."""
    for machine_arn in machine_arns:
        pages = stepfunctions.get_paginator("list_executions").paginate(
            stateMachineArn=machine_arn, statusFilter="RUNNING"
        )
        found = [one for page in pages for one in page["executions"]]
        for arn in [one["executionArn"] for one in found]:
            if is_child(stepfunctions, arn, run):
                stepfunctions.stop_execution(executionArn=arn, cause="its run ended")
                yield arn


def is_child(stepfunctions: Any, execution_arn: str, run: StoppedRun) -> bool:
    """Whether an execution works for the run, in an attempt that is over: every stage is handed the `run`
    object."""
    try:
        given = json.loads(stepfunctions.describe_execution(executionArn=execution_arn)["input"])
    except stepfunctions.exceptions.ExecutionDoesNotExist:
        return False
    handed = given.get("run", {})
    return run.covers(handed.get("arn"), handed.get("attempt"))


def stop_jobs(sagemaker: Any, job_prefix: str, run: StoppedRun) -> Iterator[str]:
    """Stops the run's jobs of all kinds, known by their tags; yields each one's name when it is done."""
    for kind in JOB_KINDS:
        yield from _stop_jobs(sagemaker, kind, job_prefix, run)


def is_made_by(sagemaker: Any, arn: str, run: StoppedRun) -> bool:
    """Whether a resource says that it was made by the run, in an attempt that is over."""
    tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
    return run.covers(tags.get("execution-id"), tags.get("attempt"))


def _stop_jobs(sagemaker: Any, kind: str, job_prefix: str, run: StoppedRun) -> Iterator[str]:
    word = JOB_KINDS[kind]
    pages = sagemaker.get_paginator(f"list_{word}_jobs").paginate(
        NameContains=job_prefix, StatusEquals="InProgress", CreationTimeAfter=run.started_at
    )
    for page in pages:
        for job in page[f"{kind}JobSummaries"]:
            name = f"{kind}JobName"
            if is_made_by(sagemaker, job[f"{kind}JobArn"], run) and _stop(sagemaker, word, name, job[name]):
                yield job[name]


def _stop(sagemaker: Any, word: str, parameter: str, name: str) -> bool:
    try:
        getattr(sagemaker, f"stop_{word}_job")(**{parameter: name})
    except sagemaker.exceptions.ClientError as error:
        # Ended since it was listed: SageMaker refuses to stop what does not run.
        if error.response["Error"]["Code"] == "ValidationException":
            return False
        raise
    return True
