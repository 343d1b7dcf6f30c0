"""Takes back what a stopped run had put on its way to production. What the live endpoint serves stays: taking
it away unattended could do more harm than a model that passed its evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from functions.retraining.stop_orphans.orphans import carries_tag
from functions.retraining.stop_orphans.stopped_run import StoppedRun

MOVING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a run's things are: names begin with the prefix, packages are in the group."""

    prefix: str
    package_group: str
    endpoint_name: str


@dataclass
class Withdrawal:
    """What was undone by kind, and whether anything has to settle before the rest can go."""

    undone: dict[str, list[str]] = field(default_factory=dict)
    is_settled: bool = True
    is_released: bool = False


def withdraw(sagemaker: Any, places: Places, run: StoppedRun) -> Withdrawal:
    """One pass; not settled means call again later. Repeated, it finds nothing more to do."""
    result = Withdrawal()
    result.undone["endpoints"] = list(_remove_staging(sagemaker, places, run, result))
    live = _describe(sagemaker, places.endpoint_name)
    if live is not None and live["EndpointStatus"] in MOVING:
        result.is_settled = False
    if not result.is_settled:
        return result
    serving = str(live["EndpointConfigName"]) if live else ""
    configs = _of_run(sagemaker, "EndpointConfig", f"{places.prefix}-config-", run)
    result.is_released = serving in configs
    result.undone["configurations"] = [name for name in configs if name != serving]
    for name in result.undone["configurations"]:
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
    used = _models_of(sagemaker, serving) if result.is_released else set()
    models = _of_run(sagemaker, "Model", f"{places.prefix}-model-", run)
    result.undone["models"] = [name for name in models if name not in used]
    for name in result.undone["models"]:
        sagemaker.delete_model(ModelName=name)
    result.undone["packages"] = list(_reject(sagemaker, places, run, is_released=result.is_released))
    return result


def _remove_staging(sagemaker: Any, places: Places, run: StoppedRun, result: Withdrawal) -> Iterator[str]:
    for name in _of_run(sagemaker, "Endpoint", f"{places.prefix}-staging-", run):
        # SageMaker refuses to delete an endpoint in motion.
        endpoint = _describe(sagemaker, name)
        if endpoint is None:
            continue
        if endpoint["EndpointStatus"] in MOVING:
            result.is_settled = False
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
