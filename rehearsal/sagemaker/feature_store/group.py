"""One feature group alive: what a record must be, and the newest record of each identifier online."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.feature_store.offline import OfflineStore, Row
from rehearsal.sagemaker.feature_store.values import (
    CODE,
    MAX_IDENTIFIER_BYTES,
    MAX_RECORD_BYTES,
    moment_of,
    require_value,
)
from rehearsal.sagemaker.store import Record

ONLINE, OFFLINE = "OnlineStore", "OfflineStore"


@dataclass(frozen=True)
class Stored:
    """The newest record of an identifier; a deleted one keeps its moment, so that older ones stay out."""

    moment: float
    values: Mapping[str, str]
    is_deleted: bool = False


class FeatureGroup:
    """The live part of a feature group's record."""

    def __init__(self, record: Record, offline: OfflineStore | None) -> None:
        self.record = record
        self.offline = offline
        self._online: dict[str, Stored] = {}
        self._lock = threading.Lock()

    @property
    def has_online(self) -> bool:
        """Return whether the group keeps the newest records for reading."""
        return bool((self.record.details.get("OnlineStoreConfig") or {}).get("EnableOnlineStore"))

    @property
    def identifier(self) -> str:
        """Return the feature that names a record."""
        return str(self.record.details["RecordIdentifierFeatureName"])

    @property
    def event_time(self) -> str:
        """Return the feature that dates a record."""
        return str(self.record.details["EventTimeFeatureName"])

    @property
    def types(self) -> dict[str, str]:
        """Return the type of each feature."""
        return {one["FeatureName"]: one["FeatureType"] for one in self.record.details["FeatureDefinitions"]}

    def put(self, features: list[dict[str, str]], stores: list[str] | None) -> None:
        """Take a whole record; online only where it is newer than what is there, offline always."""
        values, moment = self._checked(features)
        wanted = self._stores(stores)
        if ONLINE in wanted:
            self._keep(values[self.identifier], Stored(moment, values))
        if OFFLINE in wanted and self.offline:
            self.offline.add(Row(values, moment, time.time()))

    def delete(self, identifier: str, text: str, stores: list[str] | None, mode: str) -> None:
        """Hide a record (SoftDelete) or drop it (HardDelete); the offline store gets the marker."""
        moment, wanted = moment_of(self.event_time, self.types[self.event_time], text), self._stores(stores)
        if ONLINE in wanted:
            is_newer = self._keep(identifier, Stored(moment, {}, is_deleted=True))
            if mode == "HardDelete" and not is_newer:
                raise ServiceError(CODE, f"EventTime: {text} is not later than that of the record.")
            if mode == "HardDelete":
                with self._lock:
                    self._online.pop(identifier, None)
        if OFFLINE in wanted and self.offline:
            marker = {self.identifier: identifier, self.event_time: text}
            self.offline.add(Row(marker, moment, time.time(), is_deleted=True))

    def get(self, identifier: str, names: list[str] | None) -> list[dict[str, str]] | None:
        """Return the newest record, or the named features of it; None where there is none."""
        if not self.has_online:
            raise ServiceError(CODE, f"OnlineStore is not enabled for FeatureGroup {self.record.name}.")
        for name in names or ():
            self._require_known(name, self.types)
        with self._lock:
            found = self._online.get(identifier)
        if found is None or found.is_deleted:
            return None
        return [
            {"FeatureName": name, "ValueAsString": value}
            for name, value in found.values.items()
            if names is None or name in names
        ]

    def abandon(self) -> None:
        """End with the account: nothing more is written."""
        if self.offline:
            self.offline.close()

    def _checked(self, features: list[dict[str, str]]) -> tuple[dict[str, str], float]:
        types, values = self.types, dict[str, str]()
        for feature in features:
            name, text = feature["FeatureName"], feature.get("ValueAsString")
            if name in values:
                raise ServiceError(CODE, f"Feature {name} is given twice.")
            self._require_known(name, types)
            if text is None:
                raise ServiceError(CODE, f"Feature {name} has no ValueAsString.")
            require_value(name, types[name], text)
            values[name] = text
        for name in (self.identifier, self.event_time):
            if name not in values:
                raise ServiceError(CODE, f"Missing feature value for {name}, which every record must have.")
        if len(values[self.identifier].encode()) > MAX_IDENTIFIER_BYTES:
            raise ServiceError(CODE, f"The record identifier is larger than {MAX_IDENTIFIER_BYTES} bytes.")
        if sum(len(name) + len(text.encode()) for name, text in values.items()) > MAX_RECORD_BYTES:
            raise ServiceError(CODE, f"The record is larger than {MAX_RECORD_BYTES} bytes.")
        return values, moment_of(self.event_time, types[self.event_time], values[self.event_time])

    def _require_known(self, name: str, types: Mapping[str, str]) -> None:
        if name not in types:
            raise ServiceError(
                CODE, f"Feature {name} is not among the definitions of FeatureGroup {self.record.name}."
            )

    def _keep(self, identifier: str, stored: Stored) -> bool:
        with self._lock:
            known = self._online.get(identifier)
            if known and known.moment >= stored.moment:
                return False
            self._online[identifier] = stored
            return True

    def _stores(self, wanted: list[str] | None) -> list[str]:
        enabled = [*([ONLINE] if self.has_online else ()), *([OFFLINE] if self.offline else ())]
        missing = [store for store in wanted or () if store not in enabled]
        if missing:
            raise ServiceError(CODE, f"{missing[0]} is not enabled for FeatureGroup {self.record.name}.")
        return wanted or enabled
