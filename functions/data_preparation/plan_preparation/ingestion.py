"""What of a run's data goes to the Feature Store: the newest months, for earlier ones are there since earlier
runs, on the smallest machine, for records pass through it one batch after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.instances import catalogue
from contracts.landed import LandedFile
from functions.data_preparation.plan_preparation import plan
from functions.data_preparation.plan_preparation.memory import BASE_GIB

NOTHING: Mapping[str, Any] = {"inputs": [], "cluster": {}, "environment": {}}


def newest(files: Sequence[LandedFile], months: int) -> list[LandedFile]:
    """The last files of a window, which is one file a month, oldest first."""
    return list(files[-months:])


def inputs(contract_uri: str, manifest_uri: str, hosts: int) -> list[dict[str, Any]]:
    """ProcessingInputs of the ingestion job; several hosts get files of their own each."""
    given = plan.processing_inputs(contract_uri, manifest_uri, None)
    if hosts > 1:
        given[-1]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"
    return given


def cluster(allowed: Sequence[str], hosts: int, volume_gb: int, key_arn: str) -> dict[str, Any]:
    """The cheapest allowed machine, as often as the features job has one."""
    types = [catalogue().instance(name, "processing", "dataPreparation.instanceTypes") for name in allowed]
    smallest = catalogue().smallest_fitting(types, BASE_GIB)
    return plan.cluster_of(smallest, hosts, volume_gb, key_arn)
