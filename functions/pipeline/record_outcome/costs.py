"""What a run's jobs took and cost: billable seconds from SageMaker, prices from the instance catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.instances import Catalogue, Instance
from functions.pipeline.record_outcome.redaction import without_secrets

KINDS = ("Training", "Processing", "Transform")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job of the run; seconds are those of each of its hosts, the cost is that of all: None for an
    instance type without a known price.

    `created_at` is ISO text; `reason` is SageMaker's, empty for a job that did not fail.
    """

    kind: str
    name: str
    status: str
    instance_type: str
    instance_count: int
    billable_seconds: int
    training_seconds: int
    interruptions: int
    is_spot: bool
    cost_usd: float | None
    created_at: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


def jobs_of(
    sagemaker: Any, job_prefix: str, run_arn: str, started_at: datetime, known: Catalogue
) -> list[Job]:
    """The jobs that carry the run's execution-id tag, of all kinds, at the catalogue's prices."""
    return [
        _job(kind, description, known)
        for kind in KINDS
        for description in _descriptions(sagemaker, kind, job_prefix, run_arn, started_at)
    ]


def total_usd(jobs: Sequence[Job]) -> float:
    """The sum of what is known, in US dollars."""
    return round(sum(job.cost_usd or 0.0 for job in jobs), 6)


def _descriptions(
    sagemaker: Any, kind: str, job_prefix: str, run_arn: str, started_at: datetime
) -> Iterator[dict[str, Any]]:
    word = kind.lower()
    pages = sagemaker.get_paginator(f"list_{word}_jobs").paginate(
        NameContains=job_prefix, CreationTimeAfter=started_at
    )
    for page in pages:
        for summary in page[f"{kind}JobSummaries"]:
            tags = sagemaker.list_tags(ResourceArn=summary[f"{kind}JobArn"])["Tags"]
            if {"Key": "execution-id", "Value": run_arn} in tags:
                name = f"{kind}JobName"
                describe = getattr(sagemaker, f"describe_{word}_job")
                yield describe(**{name: summary[name]})


def _job(kind: str, description: dict[str, Any], known: Catalogue) -> Job:
    resources = _resources(kind, description)
    seconds = _billable_seconds(kind, description)
    instance_type, count = resources.get("InstanceType", "unknown"), resources.get("InstanceCount", 1)
    return Job(
        kind=kind.lower(),
        name=description[f"{kind}JobName"],
        status=description[f"{kind}JobStatus"],
        instance_type=instance_type,
        instance_count=count,
        billable_seconds=seconds,
        training_seconds=int(description.get("TrainingTimeInSeconds") or 0),
        interruptions=sum(
            one["Status"] == "Interrupted" for one in description.get("SecondaryStatusTransitions", ())
        ),
        is_spot=bool(description.get("EnableManagedSpotTraining")),
        cost_usd=_cost_usd(known.instances.get(instance_type), count * seconds),
        created_at=description["CreationTime"].isoformat(),
        reason=without_secrets(_reason(description)),
    )


def _reason(description: dict[str, Any]) -> str:
    """SageMaker's text, and the container's own: of a processing job the first says the exit code alone."""
    texts = (description.get(name) for name in ("FailureReason", "ExitMessage"))
    return " ".join(text for text in texts if text)


def _resources(kind: str, description: dict[str, Any]) -> dict[str, Any]:
    if kind == "Training":
        found = description["ResourceConfig"]
    elif kind == "Processing":
        found = description["ProcessingResources"]["ClusterConfig"]
    else:
        found = description["TransformResources"]
    return dict(found)


def _billable_seconds(kind: str, description: dict[str, Any]) -> int:
    if "BillableTimeInSeconds" in description:
        return int(description["BillableTimeInSeconds"])
    start, end = description.get(f"{kind}StartTime"), description.get(f"{kind}EndTime")
    return round((end - start).total_seconds()) if start and end else 0


def _cost_usd(instance: Instance | None, seconds: int) -> float | None:
    """The price on demand even on spot: there SageMaker shortens BillableTimeInSeconds, not the price."""
    if instance is None or instance.listed_usd_per_hour is None:
        return None
    return round(instance.listed_usd_per_hour * seconds / 3600, 6)
