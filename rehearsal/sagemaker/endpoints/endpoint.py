"""A live endpoint: its fleet, the traffic between fleets during a deployment, and its statuses."""

from __future__ import annotations

import threading
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker import events
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.endpoints.fleet import Fleet, FleetError, Variant
from rehearsal.sagemaker.store import Record

SETTLE_SECONDS = 0.05


class Endpoint:
    """One endpoint. `fleet` serves; during a deployment `green` takes `green_share` of the traffic."""

    def __init__(self, account: Account, record: Record) -> None:
        self.account = account
        self.record = record
        self.fleet: Fleet | None = None
        self.green: Fleet | None = None
        self.green_share = 0.0
        self.generation = 0
        self._lock = threading.Lock()

    @property
    def status(self) -> str:
        """Return the endpoint's status."""
        return str(self.record.details["EndpointStatus"])

    def set_status(self, status: str, **changes: Any) -> None:
        """Enter a status and announce it."""
        self.record.update(EndpointStatus=status, **changes)
        events.emit(self.account.platform, self.record)

    def next_generation(self) -> int:
        """Number the fleets of this endpoint, so that their directories differ."""
        self.generation += 1
        return self.generation

    def require_settled(self) -> None:
        """Raise ServiceError while another operation is under way."""
        if self.status not in ("InService", "Failed", "OutOfService"):
            raise ServiceError(
                "ValidationException", f'Cannot update in-progress endpoint "{self.record.arn}".'
            )

    def create(self, fleet: Fleet) -> None:
        """Bring up the first fleet, on a thread; InService or Failed."""
        events.emit(self.account.platform, self.record)
        self.in_background(lambda: self._create(fleet))

    def _create(self, fleet: Fleet) -> None:
        self.green = fleet
        try:
            fleet.start()
        except FleetError as error:
            self.green = None
            if not self.account.closing.is_set():
                self.set_status("Failed", FailureReason=str(error), PendingDeploymentSummary=None)
            return
        self.adopt(fleet)
        self.set_status("InService", **self.shown(fleet), PendingDeploymentSummary=None)

    def in_background(self, work: Any) -> None:
        """Run something on a thread of the endpoint's own."""
        threading.Thread(target=work, daemon=True, name=f"endpoint-{self.record.name}").start()

    def adopt(self, fleet: Fleet) -> None:
        """Let `fleet` have all traffic."""
        with self._lock:
            self.fleet, self.green, self.green_share = fleet, None, 0.0

    def shift(self, green: Fleet | None, share: float) -> None:
        """Give a share of the traffic to the new fleet; None ends a deployment without it."""
        with self._lock:
            self.green, self.green_share = green, share

    def shown(self, fleet: Fleet) -> dict[str, Any]:
        """Return what DescribeEndpoint says about a fleet that serves."""
        shadows = [variant.summary() for variant in fleet.shadows]
        changes: dict[str, Any] = {
            "EndpointConfigName": fleet.config_name,
            "ProductionVariants": [variant.summary() for variant in fleet.variants],
            "ShadowProductionVariants": shadows or None,
            "DataCaptureConfig": None,
        }
        if fleet.capture:
            settings = fleet.capture.settings
            changes["DataCaptureConfig"] = {
                "EnableCapture": True,
                "CaptureStatus": "Started",
                "CurrentSamplingPercentage": settings["InitialSamplingPercentage"],
                "DestinationS3Uri": settings["DestinationS3Uri"],
                "KmsKeyId": settings.get("KmsKeyId", ""),
            }
        return changes

    def update_weights(self, desired: list[dict[str, Any]]) -> None:
        """Change weights and instance counts of variants in place."""
        self.require_settled()
        fleet = self._serving()
        chosen = [
            (self._variant(fleet, item["VariantName"], "ValidationException"), item) for item in desired
        ]
        for variant, item in chosen:
            more = item.get("DesiredInstanceCount", variant.instance_count) - variant.instance_count
            if more > 0:
                self.account.quotas.take(variant.settings["InstanceType"], "endpoint", more)
                fleet.reserved.append((variant.settings["InstanceType"], "endpoint", more))
        for variant, item in chosen:
            variant.desire(item.get("DesiredWeight"), item.get("DesiredInstanceCount"))
        self.set_status("Updating", **self.shown(fleet))
        self.in_background(lambda: self._apply_weights(fleet))

    def _apply_weights(self, fleet: Fleet) -> None:
        self.account.pause(SETTLE_SECONDS)
        for variant in fleet.variants:
            variant.settle()
        self.set_status("InService", **self.shown(fleet))

    def route(self, target_variant: str | None) -> tuple[Fleet, Variant]:
        """Choose fleet and variant for a request: by the deployment's share, then by target or weight."""
        fleet = self._serving()
        with self._lock:
            if self.green and self.account.random.random() < self.green_share:
                fleet = self.green
        if target_variant:
            return fleet, self._variant(fleet, target_variant)
        weights = [variant.weight for variant in fleet.variants]
        if not any(weights):
            raise ServiceError("ValidationError", f"All variants of {self.record.name} have weight 0.")
        return fleet, self.account.random.choices(fleet.variants, weights)[0]

    def _serving(self) -> Fleet:
        if self.fleet is None:
            raise ServiceError(
                "ValidationError", f"Endpoint {self.record.name} is {self.status}; it serves no requests."
            )
        return self.fleet

    def _variant(self, fleet: Fleet, name: str, code: str = "ValidationError") -> Variant:
        found = fleet.variant(name)
        if found is None:
            known = ", ".join(variant.name for variant in fleet.variants)
            raise ServiceError(code, f"Variant {name} not found on endpoint {self.record.name} ({known}).")
        return found

    def delete(self) -> None:
        """Stop serving; the caller forgets the record."""
        if self.status in ("Creating", "Updating", "RollingBack"):
            self.require_settled()
        self.set_status("Deleting")
        self._stop_fleets()
        self.record.update(EndpointStatus="Deleted")
        events.emit(self.account.platform, self.record)

    def abandon(self) -> None:
        """End all containers because the service closes."""
        self._stop_fleets()

    def _stop_fleets(self) -> None:
        with self._lock:
            fleets, self.fleet, self.green = [self.fleet, self.green], None, None
        for fleet in fleets:
            if fleet:
                fleet.stop()
