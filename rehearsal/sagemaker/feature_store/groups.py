"""The operations on feature groups: what a definition must be, and where the offline store lies."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker import events
from rehearsal.sagemaker.account import PRINCIPAL, Account
from rehearsal.sagemaker.feature_store.group import FeatureGroup
from rehearsal.sagemaker.feature_store.offline import OfflineStore
from rehearsal.sagemaker.jobs.api import Operation, list_records
from rehearsal.sagemaker.kinds import FEATURE_GROUP
from rehearsal.sagemaker.s3 import Files, split
from rehearsal.sagemaker.store import Record

RESERVED = frozenset({"is_deleted", "write_time", "api_invocation_time"})
MAX_DEFINITIONS = 2500
CREATION_SECONDS = 15.0
CATALOG, DATABASE = "AwsDataCatalog", "sagemaker_featurestore"


class FeatureGroupsApi:
    """Feature groups: the definitions and settings of stores."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {
            "CreateFeatureGroup": self.create,
            "DescribeFeatureGroup": self.describe,
            "ListFeatureGroups": self.list_groups,
            "UpdateFeatureGroup": self.update,
            "DeleteFeatureGroup": self.delete,
        }

    def create(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Create a group; its role must be able to write the offline store."""
        _require_sound(request)
        details = {key: value for key, value in request.items() if key != "Tags"}
        details |= {"FeatureGroupStatus": "Creating", "NextToken": ""}
        credentials = None
        if "OfflineStoreConfig" in details:
            self.account.platform.require_pass_role(access_key_id, request["RoleArn"], PRINCIPAL)
            credentials = self.account.assume(request["RoleArn"], "")
            details |= self._offline(request)
            self._require_writable(details)
        name = request["FeatureGroupName"]
        record = self.account.store.add(FEATURE_GROUP, name, details, request.get("Tags", []))
        client = self.account.platform.client("s3", credentials) if credentials else None
        offline = OfflineStore(self.account, record, Files(client)) if client else None
        record.live = FeatureGroup(record, offline)
        events.emit(self.account.platform, record)
        threading.Thread(target=self._finish, args=(record,), daemon=True, name=f"group-{name}").start()
        return {"FeatureGroupArn": record.arn}

    def describe(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Describe a group."""
        record = self.account.store.get(FEATURE_GROUP, request["FeatureGroupName"])
        return self.account.model.respond("DescribeFeatureGroup", record.snapshot())

    def list_groups(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List groups by name and status."""
        wanted = request.get("FeatureGroupStatusEquals")
        groups = self.account.store.all(
            FEATURE_GROUP, lambda record: wanted in (None, record.details["FeatureGroupStatus"])
        )
        answer = list_records(self.account, FEATURE_GROUP, "ListFeatureGroups", groups, request)
        return {"NextToken": "", **answer}

    def update(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Add features; what is there stays as it is."""
        record = self.account.store.get(FEATURE_GROUP, request["FeatureGroupName"])
        if record.details["FeatureGroupStatus"] != "Created":
            raise ServiceError("ValidationException", f"FeatureGroup {record.name} is not Created.")
        changed = {**record.snapshot(), "FeatureDefinitions": list(record.details["FeatureDefinitions"])}
        changed["FeatureDefinitions"] += request.get("FeatureAdditions", [])
        _require_sound(changed)
        changes = {"FeatureDefinitions": changed["FeatureDefinitions"]}
        if "ThroughputConfig" in request:
            changes["ThroughputConfig"] = request["ThroughputConfig"]
        record.update(**changes, LastUpdateStatus={"Status": "Successful"})
        return {"FeatureGroupArn": record.arn}

    def delete(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Delete a group; what lies in its offline store stays in S3."""
        record = self.account.store.get(FEATURE_GROUP, request["FeatureGroupName"])
        if record.live.offline:
            record.live.offline.flush()
        record.live.abandon()
        self.account.store.remove(record)
        return {}

    def _finish(self, record: Record) -> None:
        if not self.account.pause(self.account.scaled(CREATION_SECONDS)):
            record.update(FeatureGroupStatus="Created")
            events.emit(self.account.platform, record)

    def _offline(self, request: dict[str, Any]) -> dict[str, Any]:
        """Where the store lies, and the table that stands for it in the catalogue."""
        given, name, stamp = request["OfflineStoreConfig"], request["FeatureGroupName"], int(time.time())
        platform, storage = self.account.platform, given["S3StorageConfig"]
        root = f"{storage['S3Uri'].rstrip('/')}/{platform.account_id}/sagemaker/{platform.region}"
        uri = f"{root}/offline-store/{name}-{stamp}/data"
        table = {"TableName": f"{name}_{stamp}".lower().replace("-", "_"), "Catalog": CATALOG}
        kept = {**given, "S3StorageConfig": {**storage, "ResolvedOutputS3Uri": uri}}
        if not given.get("DisableGlueTableCreation"):
            kept = {"DataCatalogConfig": {**table, "Database": DATABASE}, "TableFormat": "Glue", **kept}
        return {"OfflineStoreConfig": kept, "OfflineStoreStatus": {"Status": "Active"}}

    def _require_writable(self, details: dict[str, Any]) -> None:
        storage = details["OfflineStoreConfig"]["S3StorageConfig"]
        bucket, key = split(storage["ResolvedOutputS3Uri"])
        wanted = {
            "s3:GetBucketAcl": f"arn:aws:s3:::{bucket}",
            "s3:PutObject": f"arn:aws:s3:::{bucket}/{key}/year=2000/month=01/day=01/hour=00/x.parquet",
        }
        if storage.get("KmsKeyId"):
            wanted["kms:GenerateDataKey"] = storage["KmsKeyId"]
        for action, resource in wanted.items():
            reason = self.account.denied(details["RoleArn"], action, resource)
            if reason:
                raise ServiceError(
                    "ValidationException",
                    f"The role {details['RoleArn']} can't write the offline store: {action}: {reason}",
                )


def _require_sound(request: dict[str, Any]) -> None:
    """Raise ServiceError for definitions that make no group."""
    definitions = request["FeatureDefinitions"]
    types = {one["FeatureName"]: one["FeatureType"] for one in definitions}
    repeated = [
        name for name, count in Counter(one["FeatureName"] for one in definitions).items() if count > 1
    ]
    event_time = request["EventTimeFeatureName"]
    problems = [
        *(f"FeatureName {name} is reserved" for name in sorted(RESERVED & types.keys())),
        *(f"FeatureName {name} is defined twice" for name in repeated),
        *(
            f"{field} {request[field]} is not among the feature definitions"
            for field in ("RecordIdentifierFeatureName", "EventTimeFeatureName")
            if request[field] not in types
        ),
    ]
    if types.get(event_time) not in (None, "String", "Fractional"):
        problems.append(f"EventTimeFeatureName {event_time} must be of type String or Fractional")
    if len(definitions) > MAX_DEFINITIONS:
        problems.append(f"{len(definitions)} feature definitions, at most {MAX_DEFINITIONS}")
    is_online = (request.get("OnlineStoreConfig") or {}).get("EnableOnlineStore")
    if not is_online and "OfflineStoreConfig" not in request:
        problems.append("at least one of OnlineStore and OfflineStore must be enabled")
    if "OfflineStoreConfig" in request and "RoleArn" not in request:
        problems.append("RoleArn is required with an OfflineStore")
    if problems:
        raise ServiceError("ValidationException", f"Validation Error: {'; '.join(problems)}.")
