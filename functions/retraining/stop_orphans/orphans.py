"""Finds what an aborted or timed-out run left running, by its execution-id tag, and stops it. Such runs skip
every Catch, so nothing of theirs has been undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

# A tuning job starts training jobs as long as it runs: it goes first. Each kind with boto3's word for it.
JOB_KINDS = {
    "HyperParameterTuning": "hyper_parameter_tuning",
    "Training": "training",
    "Processing": "processing",
    "Transform": "transform",
}


def stop_children(stepfunctions: Any, machine_arns: Sequence[str], run_id: str) -> list[str]:
    """Stops the run's nested executions, whose names begin with the run's id; their ARNs."""
    stopped = []
    for machine_arn in machine_arns:
        pages = stepfunctions.get_paginator("list_executions").paginate(
            stateMachineArn=machine_arn, statusFilter="RUNNING"
        )
        for page in pages:
            for execution in page["executions"]:
                if execution["name"].startswith(f"{run_id[:60]}-"):
                    stepfunctions.stop_execution(
                        executionArn=execution["executionArn"], cause="its run ended"
                    )
                    stopped.append(execution["executionArn"])
    return stopped


def stop_jobs(sagemaker: Any, job_prefix: str, run_arn: str) -> list[str]:
    """Stops the run's jobs of all kinds; their names."""
    return [name for kind in JOB_KINDS for name in _stop_jobs(sagemaker, kind, job_prefix, run_arn)]


def delete_staging(sagemaker: Any, job_prefix: str, run_arn: str) -> list[str]:
    """Deletes the run's staging endpoint; the live one finishes its update, or rolls back, by itself."""
    pages = sagemaker.get_paginator("list_endpoints").paginate(NameContains=f"{job_prefix}-staging-")
    deleted = []
    for page in pages:
        for endpoint in page["Endpoints"]:
            if _is_of(sagemaker, endpoint["EndpointArn"], run_arn):
                sagemaker.delete_endpoint(EndpointName=endpoint["EndpointName"])
                deleted.append(endpoint["EndpointName"])
    return deleted


def reject_packages(sagemaker: Any, group: str, run_arn: str) -> list[str]:
    """Rejects the run's package if it still waits for a decision; its ARN."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, ModelApprovalStatus="PendingManualApproval"
    )
    rejected = []
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            arn = summary["ModelPackageArn"]
            package = sagemaker.describe_model_package(ModelPackageName=arn)
            if package.get("MetadataProperties", {}).get("GeneratedBy") == run_arn:
                sagemaker.update_model_package(
                    ModelPackageArn=arn,
                    ModelApprovalStatus="Rejected",
                    ApprovalDescription="its run was stopped",
                )
                rejected.append(arn)
    return rejected


def _stop_jobs(sagemaker: Any, kind: str, job_prefix: str, run_arn: str) -> Iterator[str]:
    word = JOB_KINDS[kind]
    pages = sagemaker.get_paginator(f"list_{word}_jobs").paginate(
        NameContains=job_prefix, StatusEquals="InProgress"
    )
    for page in pages:
        for job in page[f"{kind}JobSummaries"]:
            if _is_of(sagemaker, job[f"{kind}JobArn"], run_arn):
                name = f"{kind}JobName"
                getattr(sagemaker, f"stop_{word}_job")(**{name: job[name]})
                yield job[name]


def _is_of(sagemaker: Any, arn: str, run_arn: str) -> bool:
    return {"Key": "execution-id", "Value": run_arn} in sagemaker.list_tags(ResourceArn=arn)["Tags"]
