"""Undoes a deployment step by step, newest first. Every step looks before it acts, so the whole can be
repeated: it is called until everything has settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.missing import is_missing

MOVING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a run created or changed, named before it did."""

    endpoint_name: str
    is_live_touched: bool
    config_name: str
    previous_config_name: str | None
    staging_name: str
    model_name: str

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Deployment:
        """Reads the function's event."""
        return cls(**{name: event[name] for name in cls.__dataclass_fields__})


def restore(sagemaker: Any, deployment: Deployment) -> dict[str, Any]:
    """One pass: `{"is_settled", "live"}`; not settled means call again later."""
    staging_is_gone = _remove_endpoint(sagemaker, deployment.staging_name)
    live = _restore_live(sagemaker, deployment) if deployment.is_live_touched else "untouched"
    is_settled = staging_is_gone and live in ("untouched", "restored", "removed")
    if is_settled:
        _remove(sagemaker, "endpoint_config", EndpointConfigName=deployment.config_name)
        _remove(sagemaker, "model", ModelName=deployment.model_name)
    return {"is_settled": is_settled, "live": live}


def _restore_live(sagemaker: Any, deployment: Deployment) -> str:
    endpoint = _describe(sagemaker, deployment.endpoint_name)
    if deployment.previous_config_name is None:
        # This run made the endpoint: there is nothing to go back to.
        is_foreign = endpoint is not None and endpoint["EndpointConfigName"] != deployment.config_name
        if endpoint is None or is_foreign:
            return "removed"
        return "removed" if _remove_endpoint(sagemaker, deployment.endpoint_name) else "removing"
    if endpoint is None:
        return "removed"
    if endpoint["EndpointStatus"] in MOVING:
        return "moving"
    if endpoint["EndpointConfigName"] == deployment.previous_config_name:
        return "restored"
    sagemaker.update_endpoint(
        EndpointName=deployment.endpoint_name, EndpointConfigName=deployment.previous_config_name
    )
    return "moving"


def _remove_endpoint(sagemaker: Any, name: str) -> bool:
    endpoint = _describe(sagemaker, name)
    if endpoint is None:
        return True
    # SageMaker refuses to delete an endpoint that is being created or updated.
    if endpoint["EndpointStatus"] not in MOVING:
        _remove(sagemaker, "endpoint", EndpointName=name)
    return _describe(sagemaker, name) is None


def _describe(sagemaker: Any, name: str) -> dict[str, Any] | None:
    try:
        return dict(sagemaker.describe_endpoint(EndpointName=name))
    except sagemaker.exceptions.ClientError as error:
        if is_missing(error.response):
            return None
        raise


def _remove(sagemaker: Any, kind: str, **name: str) -> None:
    try:
        getattr(sagemaker, f"delete_{kind}")(**name)
    except sagemaker.exceptions.ClientError as error:
        if not is_missing(error.response):
            raise
