"""Finds what an aborted or timed-out run left running, and stops it. Such runs skip every Catch, and Step
Functions only tries to stop their nested executions and jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.retraining.stop_orphans.stopped_run import StoppedRun

# A tuning job starts training jobs as long as it runs: it goes first. Each kind with boto3's word for it.
JOB_KINDS = {
    "HyperParameterTuning": "hyper_parameter_tuning",
    "Training": "training",
    "Processing": "processing",
    "Transform": "transform",
}


def stop_children(
    stepfunctions: Any, machine_arns: Sequence[str], run: StoppedRun, before: datetime | None = None
) -> Iterator[str]:
    """Stops the run's nested executions, known by their input; yields each one's ARN when it is done.

    `before`: only those that began earlier.
    """
    for machine_arn in machine_arns:
        pages = stepfunctions.get_paginator("list_executions").paginate(
            stateMachineArn=machine_arn, statusFilter="RUNNING"
        )
        found = [one for page in pages for one in page["executions"]]
        for arn in [one["executionArn"] for one in found if before is None or one["startDate"] < before]:
            if is_child(stepfunctions, arn, run):
                stepfunctions.stop_execution(executionArn=arn, cause="its run ended")
                yield arn


def is_child(stepfunctions: Any, execution_arn: str, run: StoppedRun) -> bool:
    """Whether an execution works for the run: every stage is handed the `run` object."""
    try:
        given = json.loads(stepfunctions.describe_execution(executionArn=execution_arn)["input"])
    except stepfunctions.exceptions.ExecutionDoesNotExist:
        return False
    return bool(given.get("run", {}).get("arn") == run.arn)


def stop_jobs(
    sagemaker: Any, job_prefix: str, run: StoppedRun, before: datetime | None = None
) -> Iterator[str]:
    """Stops the run's jobs of all kinds, known by their tag; yields each one's name when it is done.

    `before`: only those that were created earlier.
    """
    created = {"CreationTimeAfter": run.started_at, **({"CreationTimeBefore": before} if before else {})}
    for kind in JOB_KINDS:
        yield from _stop_jobs(sagemaker, kind, job_prefix, created, run)


def carries_tag(sagemaker: Any, arn: str, run: StoppedRun) -> bool:
    """Whether a resource says that it was made by the run."""
    return {"Key": "execution-id", "Value": run.arn} in sagemaker.list_tags(ResourceArn=arn)["Tags"]


def _stop_jobs(
    sagemaker: Any, kind: str, job_prefix: str, created: Mapping[str, datetime], run: StoppedRun
) -> Iterator[str]:
    word = JOB_KINDS[kind]
    pages = sagemaker.get_paginator(f"list_{word}_jobs").paginate(
        NameContains=job_prefix, StatusEquals="InProgress", **created
    )
    for page in pages:
        for job in page[f"{kind}JobSummaries"]:
            name = f"{kind}JobName"
            if carries_tag(sagemaker, job[f"{kind}JobArn"], run) and _stop(sagemaker, word, name, job[name]):
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
