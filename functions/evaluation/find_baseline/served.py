"""The model a candidate has to beat: the one that the live endpoint serves, whatever the registry says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.failures import DataMissing
from contracts.missing import is_missing

NO_BASELINE: Mapping[str, Any] = {"exists": False, "model_name": None, "package_arn": None}
REMEDY = "Deploy a package again, or delete the endpoint to start over with the floors."


def served_model(sagemaker: Any, endpoint_name: str) -> dict[str, Any]:
    """`{"exists", "model_name", "package_arn"}` of the endpoint's first variant.

    No endpoint, or a model that was made without a package, is no baseline. Raises DataMissing when the
    endpoint names a configuration or model that is gone: judging against floors would hide the loss.
    """
    endpoint = _describe(sagemaker, "endpoint", EndpointName=endpoint_name)
    if endpoint is None:
        return dict(NO_BASELINE)
    config_name = endpoint["EndpointConfigName"]
    config = _described(sagemaker, endpoint_name, "endpoint_config", EndpointConfigName=config_name)
    model_name = config["ProductionVariants"][0]["ModelName"]
    model = _described(sagemaker, endpoint_name, "model", ModelName=model_name)
    containers = [*model.get("Containers", ()), model.get("PrimaryContainer") or {}]
    package_arn = containers[0].get("ModelPackageName")
    if package_arn is None:
        return dict(NO_BASELINE)
    return {"exists": True, "model_name": model_name, "package_arn": package_arn}


def _described(sagemaker: Any, endpoint_name: str, kind: str, **name: str) -> dict[str, Any]:
    described = _describe(sagemaker, kind, **name)
    if described is None:
        [value] = name.values()
        word = kind.replace("_", " ").replace("config", "configuration")
        raise DataMissing(f"Endpoint {endpoint_name} serves {word} {value}, which does not exist. {REMEDY}")
    return described


def _describe(sagemaker: Any, kind: str, **name: str) -> dict[str, Any] | None:
    try:
        return dict(getattr(sagemaker, f"describe_{kind}")(**name))
    except sagemaker.exceptions.ClientError as error:
        if is_missing(error.response):
            return None
        raise
