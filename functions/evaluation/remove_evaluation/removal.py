"""Takes back what an evaluation created, newest first; what is gone already is as good as removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def withdraw_package(sagemaker: Any, package_arn: str, why: str) -> None:
    """Rejects the package: the registry keeps it for the record, nobody deploys it."""
    sagemaker.update_model_package(
        ModelPackageArn=package_arn, ModelApprovalStatus="Rejected", ApprovalDescription=why[:1024]
    )


def remove_objects(s3: Any, bucket: str, prefix: str) -> int:
    """Deletes every object below the prefix; the number of objects deleted."""
    removed = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        keys = [{"Key": entry["Key"]} for entry in page.get("Contents", ())]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            removed += len(keys)
    return removed


def remove_models(sagemaker: Any, names: Sequence[str]) -> list[str]:
    """Deletes the models that exist; the names of those."""
    return [name for name in names if _remove_model(sagemaker, name)]


def _remove_model(sagemaker: Any, name: str) -> bool:
    try:
        sagemaker.delete_model(ModelName=name)
    except sagemaker.exceptions.ClientError as error:
        # SageMaker says ValidationException, not NotFound, for a model that isn't there.
        if error.response["Error"]["Code"] == "ValidationException":
            return False
        raise
    return True
