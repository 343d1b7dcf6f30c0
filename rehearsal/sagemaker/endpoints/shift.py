"""How traffic moves to a new fleet: the steps of a deployment policy, as plain arithmetic, and its bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator.platform import ServiceError


@dataclass(frozen=True)
class Step:
    """A share of traffic on the new fleet (0-1), and how long to watch the alarms there (AWS seconds)."""

    share: float
    wait_seconds: float

    @property
    def wait_field(self) -> str:
        """Return the field of the policy that the wait comes from."""
        return "TerminationWaitInSeconds" if self.share >= 1 else "WaitIntervalInSeconds"


ALL_AT_ONCE = [Step(1.0, 0)]


def steps(config: dict[str, Any] | None, instance_count: int) -> list[Step]:
    """Return the steps of a DeploymentConfig; the last one holds all traffic and the termination wait."""
    if not config:
        return ALL_AT_ONCE
    policy = config.get("BlueGreenUpdatePolicy")
    rolling = config.get("RollingUpdatePolicy")
    if policy and rolling:
        _refuse("specify either BlueGreenUpdatePolicy or RollingUpdatePolicy, not both.")
    if rolling:
        return _linear(_share("MaximumBatchSize", rolling["MaximumBatchSize"], instance_count), rolling)
    if not policy:
        return ALL_AT_ONCE
    found = _blue_green(policy["TrafficRoutingConfiguration"], instance_count)
    found[-1] = Step(1.0, policy.get("TerminationWaitInSeconds", 0))
    bound = policy.get("MaximumExecutionTimeoutInSeconds")
    waits = sum(step.wait_seconds for step in found)
    if bound is not None and bound <= waits:
        _refuse(
            f"MaximumExecutionTimeoutInSeconds {bound} must exceed the sum of all waits, {waits} seconds."
        )
    return found


def _blue_green(routing: dict[str, Any], instance_count: int) -> list[Step]:
    if routing["Type"] == "CANARY":
        if "CanarySize" not in routing:
            _refuse("CanarySize is required with CANARY.")
        share = _share("CanarySize", routing["CanarySize"], instance_count)
        return [Step(share, routing["WaitIntervalInSeconds"]), Step(1.0, 0)]
    if routing["Type"] == "LINEAR":
        if "LinearStepSize" not in routing:
            _refuse("LinearStepSize is required with LINEAR.")
        return _linear(_share("LinearStepSize", routing["LinearStepSize"], instance_count, 0.1), routing)
    return list(ALL_AT_ONCE)


def _linear(size: float, timing: dict[str, Any]) -> list[Step]:
    count = math.ceil(1 / size - 1e-9)
    shares = [min(1.0, size * number) for number in range(1, count + 1)]
    return [Step(share, timing["WaitIntervalInSeconds"]) for share in shares[:-1]] + [Step(1.0, 0)]


def _share(field: str, size: dict[str, Any], instance_count: int, low: float = 0.0) -> float:
    """Return a capacity size as a share of whole instances; AWS allows at most half of the fleet."""
    wanted = size["Value"]
    instances = wanted if size["Type"] == "INSTANCE_COUNT" else math.ceil(instance_count * wanted / 100)
    share = float(instances) / instance_count
    if not low <= share <= 0.5:
        _refuse(
            f"{field}: {wanted} ({size['Type']}) is {instances} of {instance_count} instances; it must be "
            "at most 50 percent of the fleet. Use more instances or ALL_AT_ONCE."
        )
    return share


def alarm_names(config: dict[str, Any] | None) -> list[str]:
    """Return the alarms that roll a deployment back."""
    rollback = (config or {}).get("AutoRollbackConfiguration") or {}
    return [alarm["AlarmName"] for alarm in rollback.get("Alarms", [])]


def _refuse(message: str) -> None:
    raise ServiceError("ValidationException", f"DeploymentConfig: {message}")
