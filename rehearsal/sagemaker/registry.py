"""The model registry: groups, versions, approval, and the events that approval sends."""

from __future__ import annotations

import threading
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker import events
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.jobs.api import Operation, list_records
from rehearsal.sagemaker.kinds import MODEL_PACKAGE, MODEL_PACKAGE_GROUP
from rehearsal.sagemaker.store import Record
from rehearsal.sagemaker.support import CODE

UPDATED_AS_GIVEN = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)


def _require_versioned(request: dict[str, Any]) -> None:
    """Raise ServiceError unless the request names a group, and a group only."""
    has_name, has_group = "ModelPackageName" in request, "ModelPackageGroupName" in request
    if has_name and has_group:
        raise ServiceError(
            "ValidationException",
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use.",
        )
    if has_name:
        raise ServiceError(
            CODE,
            "CreateModelPackage: the rehearsal's SageMaker does not support ModelPackageName; "
            "use ModelPackageGroupName.",
        )
    if not has_group:
        raise ServiceError("ValidationException", "Missing ARN.")


class RegistryApi:
    """Model package groups and their versions."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._versions: dict[str, int] = {}
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {
            "CreateModelPackageGroup": self.create_group,
            "DescribeModelPackageGroup": self.describe_group,
            "ListModelPackageGroups": self.list_groups,
            "DeleteModelPackageGroup": self.delete_group,
            "CreateModelPackage": self.create,
            "DescribeModelPackage": self.describe,
            "ListModelPackages": self.list_packages,
            "UpdateModelPackage": self.update,
            "DeleteModelPackage": self.delete,
        }

    def create_group(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Create a group."""
        details = {key: value for key, value in request.items() if key != "Tags"}
        details["ModelPackageGroupStatus"] = "Completed"
        name = request["ModelPackageGroupName"]
        record = self.account.store.add(MODEL_PACKAGE_GROUP, name, details, request.get("Tags", []))
        return {"ModelPackageGroupArn": record.arn}

    def describe_group(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Describe a group."""
        record = self._group(request)
        details = {**record.snapshot(), "CreatedBy": {}}
        return self.account.model.respond("DescribeModelPackageGroup", details)

    def list_groups(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List groups."""
        groups = self.account.store.all(MODEL_PACKAGE_GROUP)
        return list_records(self.account, MODEL_PACKAGE_GROUP, "ListModelPackageGroups", groups, request)

    def delete_group(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Delete an empty group; one with versions is refused."""
        record = self._group(request)
        if self._members(record.name):
            raise ServiceError(
                "ConflictException",
                f"Model Package Group {record.arn} cannot be deleted because it still contains "
                "Model Packages.",
            )
        self.account.store.remove(record)
        return {}

    def create(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Register the next version of a group."""
        _require_versioned(request)
        if request.get("Tags"):
            raise ServiceError(
                "ValidationException", "Tags are not supported for versioned model packages; tag the group."
            )
        group = self._group(request)
        for container in (request.get("InferenceSpecification") or {}).get("Containers", []):
            if container.get("Image"):
                self.account.images.find(container["Image"])
        with self._lock:
            known = self._tokens.get(request.get("ClientToken", ""))
            if known:
                return {"ModelPackageArn": known}
            record = self._add(group, request)
            if request.get("ClientToken"):
                self._tokens[request["ClientToken"]] = record.arn
        events.emit(self.account.platform, record, UpdatedModelPackageFields=[])
        self._make(record)
        return {"ModelPackageArn": record.arn}

    def _make(self, record: Record) -> None:
        """Pending, InProgress, Completed: without a fault in no time, so that few see the first two."""
        failed = self.account.faults.strike("package_failed", MODEL_PACKAGE.name, record.name)
        slow = failed or self.account.faults.strike("package_slow", MODEL_PACKAGE.name, record.name)
        if slow is None:
            return
        record.update(ModelPackageStatus="Pending")
        end = "Failed" if failed else "Completed"
        for share, status in ((0.5, "InProgress"), (1.0, end)):
            timer = threading.Timer(share * slow["seconds"], self._enter, args=(record, status))
            timer.daemon = True
            timer.start()

    def _enter(self, record: Record, status: str) -> None:
        if not self.account.closing.is_set():
            record.update(ModelPackageStatus=status)
            events.emit(self.account.platform, record, UpdatedModelPackageFields=[])

    def _add(self, group: Record, request: dict[str, Any]) -> Record:
        version = self._versions.get(group.name, 0) + 1
        self._versions[group.name] = version
        details = {key: value for key, value in request.items() if key != "ClientToken"}
        details.update(
            ModelPackageName=group.name,
            ModelPackageGroupName=group.name,
            ModelPackageVersion=version,
            ModelPackageStatus="Completed",
            ModelPackageStatusDetails={"ValidationStatuses": [], "ImageScanStatuses": []},
            ModelApprovalStatus=request.get("ModelApprovalStatus", "PendingManualApproval"),
            CertifyForMarketplace=False,
            CreatedBy={},
        )
        return self.account.store.add(MODEL_PACKAGE, f"{group.name}/{version}", details, [])

    def describe(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Describe a version by ARN."""
        record = self.account.store.get(MODEL_PACKAGE, request["ModelPackageName"])
        return self.account.model.respond("DescribeModelPackage", record.snapshot())

    def list_packages(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List versions by group and approval status; without a group or type, unversioned packages only."""
        group = request.get("ModelPackageGroupName")
        if group is None and request.get("ModelPackageType", "Unversioned") == "Unversioned":
            return {"ModelPackageSummaryList": []}
        if group:
            group = self._group(request).name
        wanted = request.get("ModelApprovalStatus")
        records = [
            record
            for record in self.account.store.all(MODEL_PACKAGE)
            if group in (None, record.details["ModelPackageGroupName"])
            and wanted in (None, record.details["ModelApprovalStatus"])
        ]
        return list_records(self.account, MODEL_PACKAGE, "ListModelPackages", records, request)

    def update(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Change approval or metadata; the event names the fields that changed."""
        record = self.account.store.get(MODEL_PACKAGE, request["ModelPackageArn"])
        changes = {name: request[name] for name in UPDATED_AS_GIVEN if name in request}
        added = request.get("CustomerMetadataProperties", {})
        removed = request.get("CustomerMetadataPropertiesToRemove", [])
        if added or removed:
            kept = {**record.details.get("CustomerMetadataProperties", {}), **added}
            changes["CustomerMetadataProperties"] = {k: v for k, v in kept.items() if k not in removed}
        more = request.get("AdditionalInferenceSpecificationsToAdd", [])
        if more:
            known = record.details.get("AdditionalInferenceSpecifications", [])
            changes["AdditionalInferenceSpecifications"] = [*known, *more]
        updated = [name for name, value in changes.items() if record.details.get(name) != value]
        record.update(**changes)
        events.emit(self.account.platform, record, UpdatedModelPackageFields=updated)
        return {"ModelPackageArn": record.arn}

    def delete(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Delete a version; its number is not used again."""
        record = self.account.store.get(MODEL_PACKAGE, request["ModelPackageName"])
        self.account.store.remove(record)
        return {}

    def _group(self, request: dict[str, Any]) -> Record:
        return self.account.store.get(MODEL_PACKAGE_GROUP, request["ModelPackageGroupName"])

    def _members(self, group: str) -> list[Record]:
        return self.account.store.all(
            MODEL_PACKAGE, lambda record: record.details["ModelPackageGroupName"] == group
        )
