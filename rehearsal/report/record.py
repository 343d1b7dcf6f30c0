"""Everything the report page shows, gathered from the embedded AWS once a run has ended."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from contracts.artifacts import RunKeys
from rehearsal.follow import Started
from rehearsal.permissions import network_use, role_uses, to_document
from rehearsal.scenarios.scenario import Finding, Run, Scenario

DESCRIBE = {
    "training-job": ("describe_training_job", "TrainingJobName", "TrainingJob"),
    "processing-job": ("describe_processing_job", "ProcessingJobName", "ProcessingJob"),
    "transform-job": ("describe_transform_job", "TransformJobName", "TransformJob"),
    "hyper-parameter-tuning-job": (
        "describe_hyper_parameter_tuning_job",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJob",
    ),
}


@dataclass
class Job:
    """A SageMaker job as the page shows it; times are seconds since the epoch."""

    name: str
    kind: str
    state: str
    execution_arn: str
    status: str
    instance: str
    started: float
    ended: float
    is_spot: bool
    failure: str | None


@dataclass
class RunRecord:
    """A finished run. Missing documents are None: a rejected run has no evaluation report."""

    scenario: str
    summary: str
    findings: list[Finding]
    executions: list[dict[str, Any]]
    jobs: list[Job]
    outcome: dict[str, Any]
    alerts: list[dict[str, Any]]
    evaluation: dict[str, Any] | None = None
    shift: dict[str, Any] | None = None
    manifest: dict[str, Any] | None = None
    package: dict[str, Any] | None = None
    permissions: dict[str, Any] | None = None
    failure: dict[str, Any] | None = None
    validation: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, times as ISO text."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_plain))
        return plain


def collect(run: Run, scenario: Scenario, findings: list[Finding]) -> RunRecord:
    """Read what the run left behind."""
    run_id = run.outcome["run"]["id"]
    keys = RunKeys(run_id)
    bucket = run.site.output("artifactsBucket")
    reports = [key for key in run.keys(bucket, keys.stage("data")) if key.endswith(".report.json")]
    return RunRecord(
        scenario=scenario.name,
        summary=scenario.summary,
        findings=findings,
        executions=[execution.to_dict() for execution in run.follower.executions.values()],
        jobs=[_job(run.site.client("sagemaker"), started) for started in run.follower.jobs()],
        outcome=run.outcome,
        alerts=run.alerts,
        evaluation=_document(run, bucket, keys.report),
        shift=_document(run, bucket, f"{keys.statistics}shift.json"),
        manifest=_document(run, bucket, keys.manifest),
        package=_package(run),
        permissions=to_document(role_uses(run.site), network_use(run.site)),
        failure=_document(run, bucket, keys.failure),
        validation=[run.object_json(bucket, key) for key in reports],
    )


def _document(run: Run, bucket: str, key: str) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = run.object_json(bucket, key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    return document


def _job(sagemaker: Any, started: Started) -> Job:
    kind, name = started.name.split(":", 5)[-1].split("/", 1)
    method, parameter, prefix = DESCRIBE[kind]
    described = getattr(sagemaker, method)(**{parameter: name})
    definition = described.get("TrainingJobDefinition", described)
    resources = definition.get("ResourceConfig") or described.get("TransformResources")
    cluster = resources or described["ProcessingResources"]["ClusterConfig"]
    ended = described.get(f"{prefix.removesuffix('Job')}EndTime") or described["CreationTime"]
    return Job(
        name=described[parameter],
        kind=prefix,
        state=started.state,
        execution_arn=started.execution_arn,
        status=described[f"{prefix}Status"],
        instance=f"{cluster['InstanceCount']} × {cluster['InstanceType']}",
        started=described["CreationTime"].timestamp(),
        ended=ended.timestamp(),
        is_spot=bool(described.get("EnableManagedSpotTraining")),
        failure=described.get("FailureReason"),
    )


def _package(run: Run) -> dict[str, Any] | None:
    arn = (run.outcome.get("evaluation") or {}).get("package_arn")
    if not arn:
        return None
    package: dict[str, Any] = run.site.client("sagemaker").describe_model_package(ModelPackageName=arn)
    package.pop("ResponseMetadata", None)
    return package


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
