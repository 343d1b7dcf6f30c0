"""Jobs whose hosts share the files between them, each reading its own: those that validate and that ingest.
Small machines will do, for rows pass through them one batch after the other; of more hosts than files some
would have nothing to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.landed import LandedFile
from functions.data_preparation.plan_preparation import plan


def job(
    files: Sequence[LandedFile],
    values: int,
    allowed: Sequence[str],
    most_hosts: int,
    volume_gb: int,
    key_arn: str,
    contract_uri: str,
    manifest_uri: str,
) -> dict[str, Any]:
    """`{"inputs", "cluster"}` of a job over these files: ProcessingInputs, and ClusterConfig of the cheapest
    allowed machine that has the memory for one batch of rows of so many values."""
    hosts = min(most_hosts, len(files))
    given = plan.processing_inputs(contract_uri, manifest_uri, None)
    if hosts > 1:
        given[-1]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"
    machine = plan.cheapest(values, allowed, 1)
    return {"inputs": given, "cluster": plan.cluster_of(machine, hosts, volume_gb, key_arn)}
