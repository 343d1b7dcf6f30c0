"""Encrypted volumes: the role of a job or model gives EC2 a grant on the key before an instance starts."""

from __future__ import annotations

from typing import Any

from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.s3 import DataError

NEEDED: tuple[tuple[str, dict[str, str]], ...] = (
    ("kms:DescribeKey", {}),
    ("kms:CreateGrant", {"kms:GrantIsForAWSResource": "true"}),
)


def volume_key(request: dict[str, Any]) -> str | None:
    """Return the key of a job's volumes, whatever kind of job it is."""
    processing = request.get("ProcessingResources") or {}
    resources = request.get("ResourceConfig") or request.get("TransformResources")
    return (resources or processing.get("ClusterConfig") or {}).get("VolumeKmsKeyId")


def require_volume_key(account: Account, role_arn: str, key: str | None) -> None:
    """Raise DataError where the role can't have volumes encrypted with the key; no key is fine."""
    for action, context in NEEDED if key else ():
        reason = account.denied(role_arn, action, str(key), **context)
        if reason:
            raise DataError(f"The volume can't be encrypted with {key}: {reason}")
