"""The Feature Store's runtime: records written and read, one by one or in batches with their failures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.emulator.rest import Answer, Call, RestModel, RestRequest, refused
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.feature_store.group import FeatureGroup
from rehearsal.sagemaker.kinds import FEATURE_GROUP
from rehearsal.sagemaker.support import CODE as UNSUPPORTED

SERVICE = "sagemaker-featurestore-runtime"
FIRST_GROUP = re.compile(rb'"FeatureGroupName"\s*:\s*"([^"]+)"')
BATCHES = frozenset({"BatchWriteRecord", "BatchGetRecord"})
# The runtime's own names for what other services call ValidationException and ResourceNotFound.
CODES = {"ValidationException": "ValidationError"}
NOT_DONE = ("TtlDuration", "ExpirationTimeResponse")
Parameters = dict[str, Any]


class FeatureRecords:
    """The runtime API over all feature groups of the account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._model = RestModel(SERVICE)
        self._operations: dict[str, Callable[[Parameters], Parameters]] = {
            "PutRecord": self.put,
            "GetRecord": self.get,
            "DeleteRecord": self.delete,
            "BatchWriteRecord": self.batch_write,
            "BatchGetRecord": self.batch_get,
        }

    def permission(self, request: RestRequest) -> tuple[str, str] | None:
        """Return the operation of a path and the ARN of its first group; None for any other path."""
        action = self._model.action(request)
        if action is None:
            return None
        if action in BATCHES:
            found = FIRST_GROUP.search(request.body)
            return action, self._arn(found.group(1).decode()) if found else "*"
        call = self._model.read(request)
        return (action, self._arn(call.parameters["FeatureGroupName"])) if call else None

    def handle(self, request: RestRequest) -> Answer | None:
        """Answer a call of the runtime; None for any other path."""
        try:
            call = self._model.read(request)
            if call is None:
                return None
            body = self._answer(call, request.access_key_id)
        except ServiceError as error:
            return refused(ServiceError(CODES.get(error.code, error.code), error.message, error.status))
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def put(self, parameters: Parameters) -> Parameters:
        """Write one record."""
        group = self._group(parameters["FeatureGroupName"])
        self._meet_fault("PutRecord", group)
        group.put(parameters["Record"], parameters.get("TargetStores"))
        return {}

    def get(self, parameters: Parameters) -> Parameters:
        """Read the newest record of an identifier; nothing where there is none."""
        group = self._group(parameters["FeatureGroupName"])
        found = group.get(parameters["RecordIdentifierValueAsString"], parameters.get("FeatureNames"))
        return {"Record": found} if found else {}

    def delete(self, parameters: Parameters) -> Parameters:
        """Delete a record from the online store and mark that in the offline one."""
        self._group(parameters["FeatureGroupName"]).delete(
            parameters["RecordIdentifierValueAsString"],
            parameters["EventTime"],
            parameters.get("TargetStores"),
            parameters.get("DeletionMode", "SoftDelete"),
        )
        return {}

    def batch_write(self, parameters: Parameters) -> Parameters:
        """Write up to 25 records; each that fails comes back with its reason, or as not processed."""
        answer: dict[str, list[Any]] = {"Errors": [], "UnprocessedEntries": []}
        for entry in parameters["Entries"]:
            try:
                group = self._group(entry["FeatureGroupName"])
                self._meet_fault("BatchWriteRecord", group)
                group.put(entry["Record"], entry.get("TargetStores"))
            except ServiceError as error:
                if error.code == "ThrottlingException":
                    answer["UnprocessedEntries"].append(entry)
                else:
                    failed = {"Entry": entry, "ErrorCode": error.code, "ErrorMessage": error.message}
                    answer["Errors"].append(failed)
        return answer

    def batch_get(self, parameters: Parameters) -> Parameters:
        """Read up to 100 identifiers of each of several groups."""
        records, errors = [], []
        for wanted in parameters["Identifiers"]:
            name, names = wanted["FeatureGroupName"], wanted.get("FeatureNames")
            for identifier in wanted["RecordIdentifiersValueAsString"]:
                about = {"FeatureGroupName": name, "RecordIdentifierValueAsString": identifier}
                try:
                    found = self._group(name).get(identifier, names)
                except ServiceError as error:
                    errors.append({**about, "ErrorCode": error.code, "ErrorMessage": error.message})
                else:
                    records += [{**about, "Record": found}] if found else []
        return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": []}

    def _answer(self, call: Call, access_key_id: str | None) -> Parameters:
        if call.action not in self._operations:
            raise ServiceError(
                UNSUPPORTED, f"The rehearsal's Feature Store does not implement {call.action}."
            )
        if not _is_plain_batch(call):
            self._model.validate(call.action, call.parameters)
        for name in NOT_DONE:
            if call.parameters.get(name) not in (None, "Disabled"):
                raise ServiceError(UNSUPPORTED, f"The rehearsal's Feature Store does not support {name}.")
        self._require_groups(call, access_key_id)
        return self._operations[call.action](call.parameters)

    def _require_groups(self, call: Call, access_key_id: str | None) -> None:
        """A batch needs its own permission and that of the single call on every group it names."""
        if call.action not in BATCHES:
            return
        parts = call.parameters.get("Entries") or call.parameters.get("Identifiers") or ()
        single = {"BatchWriteRecord": "PutRecord", "BatchGetRecord": "GetRecord"}[call.action]
        for name in {part["FeatureGroupName"] for part in parts}:
            for action in (call.action, single):
                self._require(access_key_id, action, name)

    def _require(self, access_key_id: str | None, action: str, name: str) -> None:
        try:
            self.account.platform.require_permission(access_key_id, f"sagemaker:{action}", self._arn(name))
        except ServiceError as denied:
            raise ServiceError("AccessForbidden", denied.message, 403) from denied

    def _group(self, name: str) -> FeatureGroup:
        try:
            record = self.account.store.get(FEATURE_GROUP, name)
        except ServiceError as error:
            raise ServiceError("ResourceNotFound", error.message, 404) from error
        if record.details["FeatureGroupStatus"] != "Created":
            status = record.details["FeatureGroupStatus"]
            raise ServiceError("ValidationError", f"FeatureGroup {record.name} is in status {status}.")
        group: FeatureGroup = record.live
        return group

    def _meet_fault(self, action: str, group: FeatureGroup) -> None:
        faults = self.account.faults
        if faults.strike("record_throttled", action, group.record.name):
            raise ServiceError("ThrottlingException", "Rate exceeded")
        fault = faults.strike("record_refused", action, group.record.name)
        if fault:
            raise ServiceError(fault["code"], fault["message"])

    def _arn(self, name: str) -> str:
        return self.account.store.arn(FEATURE_GROUP, name)


def _is_plain_batch(call: Call) -> bool:
    """Whether a batch of writes is plainly of the model's shape: names and texts. Walking the model for each
    of thousands of values would cost more than all the rest of a write."""
    entries = call.parameters.get("Entries")
    if call.action != "BatchWriteRecord" or not isinstance(entries, list) or not 0 < len(entries) <= 25:
        return False
    return len(call.parameters) == 1 and all(
        isinstance(entry, dict)
        and entry.keys() == {"FeatureGroupName", "Record"}
        and isinstance(entry["FeatureGroupName"], str)
        and isinstance(entry["Record"], list)
        and all(
            isinstance(value, dict)
            and value.keys() == {"FeatureName", "ValueAsString"}
            and isinstance(value["FeatureName"], str)
            and isinstance(value["ValueAsString"], str)
            for value in entry["Record"]
        )
        for entry in entries
    )
