"""Takes back what a stopped run had put on its way to production. What the live endpoint serves stays: taking
it away unattended could do more harm than a model that passed its evaluation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.run import RUN_STOPPED
from functions.retraining.stop_orphans.orphans import is_made_by
from functions.retraining.stop_orphans.progress import Progress
from functions.retraining.stop_orphans.stopped_run import StoppedRun

MOVING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a run's things are: names begin with the prefix, packages are in the group."""

    prefix: str
    package_group: str
    endpoint_name: str


def withdraw(sagemaker: Any, places: Places, run: StoppedRun, progress: Progress) -> None:
    """One pass over all but packages; not settled means call again later. Repeated, it finds nothing more."""
    remove_staging(sagemaker, places, run, progress)
    live = _describe(sagemaker, places.endpoint_name)
    if live is not None and live["EndpointStatus"] in MOVING:
        progress.is_settled = False
    if not progress.is_settled:
        return
    serving = str(live["EndpointConfigName"]) if live else ""
    configs = _of_run(sagemaker, "EndpointConfig", f"{places.prefix}-config-", run)
    progress.is_released = serving in configs
    unused = [name for name in configs if name != serving]
    progress.note("configurations", _delete(unused, "EndpointConfigName", sagemaker.delete_endpoint_config))
    used = _models_of(sagemaker, serving) if progress.is_released else set()
    models = _of_run(sagemaker, "Model", f"{places.prefix}-model-", run)
    idle = [name for name in models if name not in used]
    progress.note("models", _delete(idle, "ModelName", sagemaker.delete_model))


def remove_staging(sagemaker: Any, places: Places, run: StoppedRun, progress: Progress) -> None:
    """The endpoints a configuration was tried on: no other attempt uses them, and they cost money."""
    progress.note("endpoints", _remove_staging(sagemaker, places, run, progress))


def reject(
    sagemaker: Any, places: Places, run: StoppedRun, progress: Progress, *, is_approval_kept: bool
) -> None:
    """Packages that nobody decided on; unless `is_approval_kept`, those that were approved, too."""
    open_states = ("PendingManualApproval",) if is_approval_kept else ("PendingManualApproval", "Approved")
    progress.note("packages", _reject(sagemaker, places, run, open_states))


def _delete(names: list[str], parameter: str, delete: Callable[..., Any]) -> Iterator[str]:
    for name in names:
        delete(**{parameter: name})
        yield name


def _remove_staging(sagemaker: Any, places: Places, run: StoppedRun, progress: Progress) -> Iterator[str]:
    for name in _of_run(sagemaker, "Endpoint", f"{places.prefix}-staging-", run):
        # SageMaker refuses to delete an endpoint in motion.
        endpoint = _describe(sagemaker, name)
        if endpoint is None:
            continue
        if endpoint["EndpointStatus"] in MOVING:
            progress.is_settled = False
        else:
            sagemaker.delete_endpoint(EndpointName=name)
            yield name


def _of_run(sagemaker: Any, kind: str, name_contains: str, run: StoppedRun) -> list[str]:
    operation = {
        "Endpoint": "list_endpoints",
        "EndpointConfig": "list_endpoint_configs",
        "Model": "list_models",
    }
    pages = sagemaker.get_paginator(operation[kind]).paginate(
        NameContains=name_contains, CreationTimeAfter=run.started_at
    )
    found = [one for page in pages for one in page[f"{kind}s"]]
    return [one[f"{kind}Name"] for one in found if is_made_by(sagemaker, one[f"{kind}Arn"], run)]


def _models_of(sagemaker: Any, config_name: str) -> set[str]:
    described = sagemaker.describe_endpoint_config(EndpointConfigName=config_name)
    return {variant["ModelName"] for variant in described["ProductionVariants"]}


def _reject(sagemaker: Any, places: Places, run: StoppedRun, open_states: Collection[str]) -> Iterator[str]:
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=places.package_group, CreationTimeAfter=run.started_at
    )
    for arn in [one["ModelPackageArn"] for page in pages for one in page["ModelPackageSummaryList"]]:
        package = sagemaker.describe_model_package(ModelPackageName=arn)
        is_of_run = package.get("MetadataProperties", {}).get("GeneratedBy") == run.arn
        if is_of_run and package["ModelApprovalStatus"] in open_states:
            sagemaker.update_model_package(
                ModelPackageArn=arn,
                ModelApprovalStatus="Rejected",
                ApprovalDescription=RUN_STOPPED,
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
