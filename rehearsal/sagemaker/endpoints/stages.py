"""The stages of a deployment as DescribeEndpoint and the deployment's events tell them, variant by variant.

Statuses and messages: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rehearsal.sagemaker.endpoints.fleet import Fleet, Variant
from rehearsal.sagemaker.endpoints.shift import Step


@dataclass(frozen=True)
class Pending:
    """A fleet on its way into service; `summary` is Describe's PendingDeploymentSummary."""

    fleet: Fleet
    started_at: float = field(default_factory=time.time)

    def launching(self) -> dict[str, Any]:
        """Instances are being launched: none is there yet."""
        return self._summary("Creating", lambda one: f"Launching {one.instance_count} instance(s).", 0)

    def activating(self, step: Step) -> dict[str, Any]:
        """Traffic is turned on."""
        return self._summary("ActivatingTraffic", lambda one: f"Activating traffic on {_on(one, step)}.")

    def baking(self, step: Step) -> dict[str, Any]:
        """Alarms are watched."""
        waits = f"Baking for {step.wait_seconds:.0f} seconds ({step.wait_field}) with traffic enabled on"
        return self._summary("Baking", lambda one: f"{waits} {_on(one, step)}.")

    def _summary(
        self, status: str, message: Callable[[Variant], str], launched: int | None = None
    ) -> dict[str, Any]:
        now = time.time()
        rows = []
        for variant in self.fleet.variants:
            row = {**variant.summary(), "VariantStatus": [_entry(status, message(variant), now)]}
            if launched is not None:
                row["CurrentInstanceCount"] = launched
            rows.append(row)
        return {
            "EndpointConfigName": self.fleet.config_name,
            "ProductionVariants": rows,
            "StartTime": self.started_at,
        }


def _entry(status: str, message: str, now: float) -> dict[str, Any]:
    return {"Status": status, "StatusMessage": message, "StartTime": now}


def _on(variant: Variant, step: Step) -> str:
    """Say which part of a variant's instances has traffic."""
    if step.share >= 1:
        return f"full capacity of {variant.instance_count} instance(s)"
    return f"canary capacity of {max(1, round(step.share * variant.instance_count))} instance(s)"
