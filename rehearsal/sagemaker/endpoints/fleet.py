"""The instances behind one endpoint configuration: a server per variant, started and stopped together."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.endpoints.capture import Capture
from rehearsal.sagemaker.endpoints.server import ModelServer
from rehearsal.sagemaker.jobs.logs import LogStream
from rehearsal.sagemaker.kinds import ENDPOINT_CONFIG, MODEL
from rehearsal.sagemaker.models import serve
from rehearsal.sagemaker.s3 import DataError

logger = logging.getLogger(__name__)
STARTUP_SECONDS = 60


class FleetError(Exception):
    """A fleet that could not come up; the text goes into FailureReason."""


@dataclass(eq=False)
class Variant:
    """One variant: its part of the configuration, its server, and its weight and size, which may change."""

    settings: dict[str, Any]
    server: ModelServer
    weight: float
    instance_count: int
    is_shadow: bool = False
    desired_weight: float | None = None  # where another one is being brought about
    desired_instance_count: int | None = None
    resolved_at: float = field(default_factory=time.time)

    @property
    def name(self) -> str:
        """Return the variant's name."""
        return str(self.settings["VariantName"])

    @property
    def instances(self) -> tuple[str, str, int]:
        """Return what the variant counts against the account's quota."""
        return (self.settings["InstanceType"], "endpoint", self.instance_count)

    def summary(self) -> dict[str, Any]:
        """Describe the variant as DescribeEndpoint does."""
        image = self.server.model.image.uri
        return {
            "VariantName": self.name,
            "DeployedImages": [
                {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": self.resolved_at}
            ],
            "CurrentWeight": self.weight,
            "DesiredWeight": _either(self.desired_weight, self.weight),
            "CurrentInstanceCount": self.instance_count,
            "DesiredInstanceCount": _either(self.desired_instance_count, self.instance_count),
        }

    def desire(self, weight: float | None, instance_count: int | None) -> None:
        """Show what is being brought about; None leaves it as it is."""
        self.desired_weight, self.desired_instance_count = weight, instance_count

    def settle(self) -> None:
        """Let what was desired be so."""
        self.weight = _either(self.desired_weight, self.weight)
        self.instance_count = _either(self.desired_instance_count, self.instance_count)
        self.desire(None, None)


def _either(wanted: Any, present: Any) -> Any:
    return present if wanted is None else wanted


@dataclass(eq=False)
class Fleet:
    """All variants of one endpoint configuration, serving for one endpoint."""

    config_name: str
    variants: list[Variant]
    shadows: list[Variant]
    capture: Capture | None
    account: Account
    reserved: list[tuple[str, str, int]] = field(default_factory=list)

    def everything(self) -> list[Variant]:
        """Return production and shadow variants."""
        return [*self.variants, *self.shadows]

    def reserve(self) -> None:
        """Count the instances against the quota. Raises ServiceError ResourceLimitExceeded."""
        for variant in self.everything():
            try:
                self.account.quotas.take(*variant.instances)
            except ServiceError:
                self.release()
                raise
            self.reserved.append(variant.instances)

    def release(self) -> None:
        """Give the instances back."""
        while self.reserved:
            self.account.quotas.give_back(*self.reserved.pop())

    def start(self) -> None:
        """Start all servers and wait until all are healthy. Raises FleetError and leaves nothing running."""
        problems: list[str] = []
        starters = [
            threading.Thread(target=self._start_variant, args=(variant, problems), daemon=True)
            for variant in self.everything()
        ]
        for starter in starters:
            starter.start()
        for starter in starters:
            starter.join()
        if problems:
            self.stop()
            raise FleetError(problems[0])

    def _start_variant(self, variant: Variant, problems: list[str]) -> None:
        bound = variant.settings.get("ContainerStartupHealthCheckTimeoutInSeconds", STARTUP_SECONDS)
        try:
            variant.server.start()
            is_healthy = variant.server.is_healthy_within(min(bound, STARTUP_SECONDS))
        except DataError as error:
            problems.append(str(error))
            return
        except Exception:
            if not self.account.closing.is_set():
                logger.exception("variant %s of %s", variant.name, self.config_name)
            problems.append("Request to service failed. If failure persists, contact customer support.")
            return
        if not is_healthy:
            problems.append(
                f"The primary container for production variant {variant.name} did not pass the ping health "
                "check. Please check CloudWatch logs for this endpoint."
            )

    def stop(self) -> None:
        """Stop all servers and give the instances back."""
        for variant in self.everything():
            variant.server.stop()
        self.release()
        if self.capture and not self.account.closing.is_set():
            self.capture.flush()

    def variant(self, name: str) -> Variant | None:
        """Return a production variant by name."""
        return next((variant for variant in self.variants if variant.name == name), None)


def build(account: Account, endpoint_name: str, config_name: str, generation: int) -> Fleet:
    """Make the fleet of a configuration, not started yet; `generation` keeps directories apart."""
    details = account.store.get(ENDPOINT_CONFIG, config_name).snapshot()
    log_group = f"/aws/sagemaker/Endpoints/{endpoint_name}"
    region, account_id = account.platform.region, account.platform.account_id
    log_group_arn = f"arn:aws:logs:{region}:{account_id}:log-group:{log_group}"
    directory = account.work_dir / "endpoint" / endpoint_name / str(generation)

    def variant(settings: dict[str, Any], *, is_shadow: bool) -> Variant:
        record = account.store.get(MODEL, settings["ModelName"])
        served = serve(account, record.name, record.details)
        denied = account.denied(served.role_arn, "logs:PutLogEvents", f"{log_group_arn}:log-stream:*")
        name = settings["VariantName"]
        stream = f"{name}/i-{generation:017x}"
        log = LogStream(account.platform, log_group, stream, is_permitted=denied is None)
        server = ModelServer(account, served, directory / name, log, details.get("KmsKeyId"))
        weight, count = settings.get("InitialVariantWeight", 1.0), settings.get("InitialInstanceCount", 1)
        return Variant(settings, server, weight, count, is_shadow)

    variants = [variant(item, is_shadow=False) for item in details["ProductionVariants"]]
    shadows = [variant(item, is_shadow=True) for item in details.get("ShadowProductionVariants", [])]
    settings = details.get("DataCaptureConfig")
    capture = None
    if settings and settings.get("EnableCapture", True):
        client = account.platform.client("s3", variants[0].server.model.credentials)
        capture = Capture(settings, client, endpoint_name, account.random)
    return Fleet(config_name, variants, shadows, capture, account)
