"""The model a candidate has to beat: the newest approved package of the group."""

from __future__ import annotations

from typing import Any


def newest_approved(sagemaker: Any, group: str) -> dict[str, Any]:
    """`{"exists", "package_arn"}`; packages still being made or failed don't count."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    for page in pages:
        for package in page["ModelPackageSummaryList"]:
            if package["ModelPackageStatus"] == "Completed":
                return {"exists": True, "package_arn": package["ModelPackageArn"]}
    return {"exists": False, "package_arn": None}
