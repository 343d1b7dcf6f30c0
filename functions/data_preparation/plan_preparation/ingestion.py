"""What of a run's data goes to the Feature Store: the newest months, for earlier ones are there since earlier
runs, on small machines, for records pass through them one batch after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.landed import LandedFile
from functions.data_preparation.plan_preparation import plan

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


def cluster(values: int, allowed: Sequence[str], hosts: int, volume_gb: int, key_arn: str) -> dict[str, Any]:
    """As many machines as the features job has, of the cheapest allowed type that has the memory for one
    batch of rows of so many values."""
    return plan.cluster_of(plan.cheapest(values, allowed, 1), hosts, volume_gb, key_arn)
