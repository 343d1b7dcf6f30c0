"""Which earlier endpoint configurations can go: all but the newest few, and never one that serves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any


def to_prune(newest_first: Sequence[str], in_use: Collection[str], kept: int) -> list[str]:
    """The configurations beyond the newest `kept`, without those in use."""
    return [name for name in newest_first[kept:] if name not in in_use]


def configurations(sagemaker: Any, prefix: str) -> list[str]:
    """The names of the pipeline's endpoint configurations, newest first."""
    pages = sagemaker.get_paginator("list_endpoint_configs").paginate(
        NameContains=prefix, SortBy="CreationTime", SortOrder="Descending"
    )
    names = [config["EndpointConfigName"] for page in pages for config in page["EndpointConfigs"]]
    return [name for name in names if name.startswith(prefix)]


def remove(sagemaker: Any, config_name: str) -> None:
    """Deletes a configuration and the models only it referred to: each run makes its own."""
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=config_name)["ProductionVariants"]
    sagemaker.delete_endpoint_config(EndpointConfigName=config_name)
    for variant in variants:
        sagemaker.delete_model(ModelName=variant["ModelName"])
