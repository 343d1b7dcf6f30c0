"""Takes back what a stopped run had put on its way to production. What the live endpoint serves stays: taking
it away unattended could do more harm than a model that passed its evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from functions.retraining.stop_orphans.orphans import carries_tag
from functions.retraining.stop_orphans.progress import Progress
from functions.retraining.stop_orphans.stopped_run import StoppedRun

Created: TypeAlias = Mapping[str, datetime]  # bounds of a List call
MOVING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a run's things are: names begin with the prefix, packages are in the group."""

    prefix: str
    package_group: str
    endpoint_name: str


def withdraw(
    sagemaker: Any, places: Places, run: StoppedRun, progress: Progress, before: datetime | None = None
) -> None:
    """One pass; not settled means call again later. Repeated, it finds nothing more to do.

    `before`: only what an earlier attempt made, but no package, which the redriven run goes on with.
    """
    created = {"CreationTimeAfter": run.started_at, **({"CreationTimeBefore": before} if before else {})}
    progress.note("endpoints", _remove_staging(sagemaker, places, created, run, progress))
    live = _describe(sagemaker, places.endpoint_name)
    if live is not None and live["EndpointStatus"] in MOVING:
        progress.is_settled = False
    if not progress.is_settled:
        return
    serving = str(live["EndpointConfigName"]) if live else ""
    configs = _of_run(sagemaker, "EndpointConfig", f"{places.prefix}-config-", created, run)
    progress.is_released = serving in configs
    unused = [name for name in configs if name != serving]
    progress.note("configurations", _delete(unused, "EndpointConfigName", sagemaker.delete_endpoint_config))
    used = _models_of(sagemaker, serving) if progress.is_released else set()
    models = _of_run(sagemaker, "Model", f"{places.prefix}-model-", created, run)
    idle = [name for name in models if name not in used]
    progress.note("models", _delete(idle, "ModelName", sagemaker.delete_model))
    if before is None:
        progress.note("packages", _reject(sagemaker, places, run, is_released=progress.is_released))


def _delete(names: list[str], parameter: str, delete: Callable[..., Any]) -> Iterator[str]:
    for name in names:
        delete(**{parameter: name})
        yield name


def _remove_staging(
    sagemaker: Any, places: Places, created: Created, run: StoppedRun, progress: Progress
) -> Iterator[str]:
    for name in _of_run(sagemaker, "Endpoint", f"{places.prefix}-staging-", created, run):
        # SageMaker refuses to delete an endpoint in motion.
        endpoint = _describe(sagemaker, name)
        if endpoint is None:
            continue
        if endpoint["EndpointStatus"] in MOVING:
            progress.is_settled = False
        else:
            sagemaker.delete_endpoint(EndpointName=name)
            yield name


def _of_run(sagemaker: Any, kind: str, name_contains: str, created: Created, run: StoppedRun) -> list[str]:
    operation = {
        "Endpoint": "list_endpoints",
        "EndpointConfig": "list_endpoint_configs",
        "Model": "list_models",
    }
    pages = sagemaker.get_paginator(operation[kind]).paginate(NameContains=name_contains, **created)
    found = [one for page in pages for one in page[f"{kind}s"]]
    return [one[f"{kind}Name"] for one in found if carries_tag(sagemaker, one[f"{kind}Arn"], run)]


def _models_of(sagemaker: Any, config_name: str) -> set[str]:
    described = sagemaker.describe_endpoint_config(EndpointConfigName=config_name)
    return {variant["ModelName"] for variant in described["ProductionVariants"]}


def _reject(sagemaker: Any, places: Places, run: StoppedRun, *, is_released: bool) -> Iterator[str]:
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=places.package_group, CreationTimeAfter=run.started_at
    )
    open_states = ("PendingManualApproval",) if is_released else ("PendingManualApproval", "Approved")
    for arn in [one["ModelPackageArn"] for page in pages for one in page["ModelPackageSummaryList"]]:
        package = sagemaker.describe_model_package(ModelPackageName=arn)
        is_of_run = package.get("MetadataProperties", {}).get("GeneratedBy") == run.arn
        if is_of_run and package["ModelApprovalStatus"] in open_states:
            sagemaker.update_model_package(
                ModelPackageArn=arn,
                ModelApprovalStatus="Rejected",
                ApprovalDescription="its run was stopped",
            )
            yield arn


def _describe(sagemaker: Any, name: str) -> dict[str, Any] | None:
    try:
        return dict(sagemaker.describe_endpoint(EndpointName=name))
    except sagemaker.exceptions.ClientError as error:
        # SageMaker has no NotFound for endpoints: a ValidationException that says so.
        if "ould not find" in error.response["Error"].get("Message", ""):
            return None
        raise
