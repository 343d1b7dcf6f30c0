"""What every part of the SageMaker service shares: the platform, the records, faults, quotas and time."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.emulator.faults import Faults
from rehearsal.emulator.platform import Credentials, Platform, ServiceError
from rehearsal.sagemaker.images import Images
from rehearsal.sagemaker.model import ServiceModel
from rehearsal.sagemaker.quotas import Quotas
from rehearsal.sagemaker.store import Store

PRINCIPAL = "sagemaker.amazonaws.com"
UNASSUMABLE = (
    "Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
    f"'{PRINCIPAL}' to assume the role."
)
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html, for jobs and models with a VpcConfig
NETWORK_ACTIONS = (
    "CreateNetworkInterface",
    "CreateNetworkInterfacePermission",
    "DeleteNetworkInterface",
    "DeleteNetworkInterfacePermission",
    "DescribeNetworkInterfaces",
    "DescribeVpcs",
    "DescribeDhcpOptions",
    "DescribeSubnets",
    "DescribeSecurityGroups",
)


def _jobs_at_once() -> int:
    """Return how many jobs' containers this machine runs at a time; the others wait in Starting."""
    return max(4, 2 * (os.cpu_count() or 1))


@dataclass
class Account:
    """One account in one region. `time_scale` shortens AWS's declared waits (bake, grace), not job limits."""

    platform: Platform
    store: Store
    images: Images
    work_dir: Path
    time_scale: float
    model: ServiceModel = field(default_factory=ServiceModel)
    faults: Faults = field(default_factory=Faults)
    quotas: Quotas = field(default_factory=Quotas)
    random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - traffic split
    slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_jobs_at_once()))
    closing: threading.Event = field(default_factory=threading.Event)
    spawner: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="sagemaker-spawner")
    )

    def scaled(self, seconds: float) -> float:
        """Return how long a wait that AWS declares in seconds takes here."""
        return seconds * self.time_scale

    def pause(self, seconds: float) -> bool:
        """Wait; tell whether the service is closing."""
        return self.closing.wait(seconds)

    def assume(
        self,
        role_arn: str,
        source_arn: str,
        vpc: Mapping[str, Any] | None = None,
        refusal: str = UNASSUMABLE,
    ) -> Credentials:
        """Open the job role's session, or refuse the request as AWS does for a role it can't assume.

        With a VpcConfig, calls of the container and SageMaker's own transfers from and to S3 go through that
        VPC: https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
        """
        if role_arn.split(":")[4] != self.platform.account_id:
            raise ServiceError("ValidationException", "RoleArn: Cross-account pass role is not allowed.")
        if vpc:
            self._require_network(role_arn, vpc)
        try:
            return self.platform.credentials(role_arn, PRINCIPAL, "SageMaker", source_arn, vpc)
        except ServiceError as error:
            text = f"{refusal.format(role_arn=role_arn)} ({error.message})"
            raise ServiceError("ValidationException", text) from error

    def _require_network(self, role_arn: str, vpc: Mapping[str, Any]) -> None:
        """Raise ServiceError unless the subnets exist and the role may put network interfaces into them."""
        fault = self.platform.network_fault(vpc)
        if fault:
            raise ServiceError("ValidationException", f"VpcConfig: {fault}")
        for action in NETWORK_ACTIONS:
            reason = self.denied(role_arn, f"ec2:{action}", "*")
            if reason:
                raise ServiceError(
                    "ValidationException",
                    f"VpcConfig: please ensure that the role has the permission ec2:{action}: {reason}",
                )

    def denied(self, role_arn: str, action: str, resource: str, **context: str) -> str | None:
        """Return why the role may not do `action`, None where it may."""
        return self.platform.is_allowed(role_arn, PRINCIPAL, action, resource, **context)
