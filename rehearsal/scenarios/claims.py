"""Claims that several scenarios make about what a run did and what it left over."""

from __future__ import annotations

from typing import Any

from rehearsal.scenarios.scenario import Finding, Run, names

PHASES = "SecondaryStatusTransitions"


def training_jobs(run: Run) -> list[dict[str, Any]]:
    """Descriptions of the run's training jobs, oldest first."""
    describe = run.site.client("sagemaker").describe_training_job
    names = [job.name.rsplit("/", 1)[-1] for job in run.follower.jobs() if ":training-job/" in job.name]
    return [describe(TrainingJobName=name) for name in names]


def phases(job: dict[str, Any]) -> list[str]:
    """The secondary statuses of a training job in order."""
    return [entry["Status"] for entry in job[PHASES]]


def log_of(run: Run, job_name: str) -> list[str]:
    """The lines that a training job printed, in CloudWatch Logs."""
    logs, group = run.site.client("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job_name)["logStreams"]
    return [
        event["message"]
        for stream in streams
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, logStreamNames=[stream["logStreamName"]]
        )
        for event in page["events"]
    ]


def clean(run: Run) -> list[Finding]:
    """What must be so after every run that ended by itself: no checkpoint either."""
    return [_no_checkpoint(run), *nothing_open(run)]


def nothing_open(run: Run) -> list[Finding]:
    """What must be so after every run: no lock, no staging endpoint, no open package, no token."""
    return [_no_lock(run), _no_staging(run), _no_open_package(run), _no_token(run)]


def all_struck(run: Run) -> Finding:
    """No fault was installed in vain: one that meets nobody proves nothing."""
    installed = run.site.emulator.control("GET", "faults", {})["faults"]
    missed = [f"{one['fault']} {one['kind']} {one['name']}" for one in installed if not one["fired"]]
    return Finding(claim="every fault has struck", holds=not missed, evidence=names(missed))


def told_once(run: Run) -> bool:
    """Whether the one thing that was published about the run is its own alert."""
    return [alert["subject"].split(": ")[1].split(" ")[0] for alert in run.alerts] == [run.outcome["outcome"]]


def live_config(run: Run) -> str:
    """The configuration that the live endpoint serves."""
    described = run.site.client("sagemaker").describe_endpoint(EndpointName=run.site.output("endpointName"))
    return f"{described['EndpointStatus']} on {described['EndpointConfigName']}"


def own_packages(run: Run) -> list[str]:
    """Approval statuses of the packages that this run registered."""
    sagemaker, group = run.site.client("sagemaker"), run.site.output("modelPackageGroup")
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    described = [sagemaker.describe_model_package(ModelPackageName=one["ModelPackageArn"]) for one in listed]
    arn = run.outcome["run"]["arn"]
    return [
        one["ModelApprovalStatus"] for one in described if one["MetadataProperties"]["GeneratedBy"] == arn
    ]


def _no_checkpoint(run: Run) -> Finding:
    prefix = f"pipeline/{run.outcome['run']['id']}/checkpoints/"
    left = run.keys(run.site.output("artifactsBucket"), prefix)
    return Finding(claim="no checkpoint is left", holds=not left, evidence=names(left))


def _no_lock(run: Run) -> Finding:
    dynamodb, held = run.site.client("dynamodb"), []
    for table in dynamodb.list_tables()["TableNames"]:
        items = dynamodb.scan(TableName=table)["Items"]
        held += [
            f"{table}: {item}" for item in items if "holder" in item or item.get("id") == {"S": "lock#run"}
        ]
    return Finding(claim="no lock is held", holds=not held, evidence=names(held))


def _no_token(run: Run) -> Finding:
    dynamodb, kept = run.site.client("dynamodb"), []
    for table in dynamodb.list_tables()["TableNames"]:
        kept += [
            item["approval_id"]["S"] for item in dynamodb.scan(TableName=table)["Items"] if "token" in item
        ]
    return Finding(claim="no task token is kept", holds=not kept, evidence=names(kept))


def _no_staging(run: Run) -> Finding:
    listed = run.site.client("sagemaker").list_endpoints(NameContains="-staging-")["Endpoints"]
    endpoints = [endpoint["EndpointName"] for endpoint in listed]
    return Finding(claim="no staging endpoint is left", holds=not endpoints, evidence=names(endpoints))


def _no_open_package(run: Run) -> Finding:
    listed = run.site.client("sagemaker").list_model_packages(
        ModelPackageGroupName=run.site.output("modelPackageGroup"),
        ModelApprovalStatus="PendingManualApproval",
    )["ModelPackageSummaryList"]
    return Finding(
        claim="no package waits for a decision",
        holds=not listed,
        evidence=names(one["ModelPackageArn"] for one in listed),
    )
