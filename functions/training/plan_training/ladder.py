"""The ladder's bounds and requests, prepared once a run: machines in order, limits, each job's resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from contracts.failures import ConfigurationRejected
from contracts.instances import Instance, catalogue

# What training takes for each value of the training set, which is stored as float32: the matrix, its
# quantised copy and the gradients. An estimate from above.
BYTES_PER_VALUE = 24
BASE_MEMORY_GIB = 1.0
# How long a job may wait for machines, start and upload, beyond its own limits.
MARGIN_SECONDS = 7200
NUMBER = r"([-+]?(?:[0-9]*\.)?[0-9]+(?:[eE][-+]?[0-9]+)?)"


@dataclass(frozen=True, kw_only=True)
class LadderSettings:
    """The stack's training settings that shape the ladder; times in seconds."""

    instance_types: Sequence[str]
    instance_prices: Mapping[str, float]
    instance_count: int
    max_instance_count: int
    volume_gb: int
    max_runtime_seconds: int
    max_wait_seconds: int
    keep_alive_seconds: int
    uses_spot: bool
    max_attempts: int
    max_cost_usd: float
    max_stale_windows: int
    max_transient_failures: int
    max_divergences: int
    backoff_seconds: int
    min_batch_size: int
    rate_factor: float


def build_ladder(
    settings: LadderSettings,
    rows: int,
    features: int,
    metrics: Sequence[str],
    key_arn: str,
    candidates: int,
) -> dict[str, Any]:
    """Everything `2a_train_candidate` needs to climb: JSON, small enough for every item of a sweep.

    `candidates` share `max_cost_usd`.
    """
    if settings.uses_spot and settings.keep_alive_seconds:
        raise ConfigurationRejected(
            f"training.keepAliveSeconds is {settings.keep_alive_seconds}: a warm pool cannot be kept on "
            "spot; set it to 0 or training.spot.isUsed to false"
        )
    known = catalogue().with_prices(settings.instance_prices)
    machines = [
        known.instance(name, "training", "training.instanceTypes") for name in settings.instance_types
    ]
    stopping = _stopping(settings)
    return {
        "instance_type": _first_fitting(machines, memory_gib(rows, features)).type,
        "resources": {machine.type: _resources(machine, settings, key_arn) for machine in machines},
        "capacity_fallback": {one.type: following.type for one, following in pairwise(machines)},
        "memory_upgrade": _memory_upgrades(machines),
        "instance_count": settings.instance_count,
        "max_instance_count": settings.max_instance_count,
        "uses_spot": settings.uses_spot,
        "stopping": stopping,
        "timeout_seconds": {kind: max(limits.values()) + MARGIN_SECONDS for kind, limits in stopping.items()},
        "max_attempts": settings.max_attempts,
        "max_runtime_seconds": settings.max_runtime_seconds,
        "max_billable_seconds": _affordable_seconds(settings, machines, candidates),
        "max_stale_windows": settings.max_stale_windows,
        "max_transient_failures": settings.max_transient_failures,
        "max_divergences": settings.max_divergences,
        "backoff_seconds": settings.backoff_seconds,
        "recovery": {"min_batch_size": settings.min_batch_size, "rate_factor": settings.rate_factor},
        "metric_definitions": metric_definitions(metrics),
    }


def metric_definitions(metrics: Sequence[str]) -> list[dict[str, str]]:
    """How SageMaker finds the metrics in what a trainer prints."""
    return [{"Name": name, "Regex": f"{name}={NUMBER}"} for name in metrics]


def _affordable_seconds(settings: LadderSettings, machines: Sequence[Instance], candidates: int) -> int:
    """What one candidate may use up over all its hosts, at the price of the ladder's dearest machine."""
    dearest = max(machines, key=lambda machine: machine.on_demand_usd_per_hour)
    usd = settings.max_cost_usd / candidates
    seconds = int(usd / dearest.on_demand_usd_per_hour * 3600)
    attempt_seconds = settings.max_runtime_seconds * settings.instance_count
    if seconds < attempt_seconds:
        least = candidates * attempt_seconds / 3600 * dearest.on_demand_usd_per_hour
        raise ConfigurationRejected(
            f"training.maxCostUsd is {settings.max_cost_usd:g}: one attempt for each of {candidates} jobs "
            f"can cost {least:.2f} on {settings.instance_count} x {dearest.type}; raise it, or lower "
            "training.maxRuntimeMinutes, training.instanceCount, training.sweep.maxCandidates or "
            "training.sweep.folds.count"
        )
    return seconds


def memory_gib(rows: int, features: int) -> float:
    """The memory that training on so many rows takes, in GiB."""
    return BASE_MEMORY_GIB + rows * features * BYTES_PER_VALUE / 1024**3


def _first_fitting(machines: Sequence[Instance], memory: float) -> Instance:
    """The first of the ladder's machines that holds the data; DatasetTooLarge when none does."""
    smallest = catalogue().smallest_fitting(machines, memory)
    return next(machine for machine in machines if machine.memory_gib >= min(memory, smallest.memory_gib))


def _resources(machine: Instance, settings: LadderSettings, key_arn: str) -> dict[str, Any]:
    keep_alive = settings.keep_alive_seconds
    return {
        "InstanceType": machine.type,
        "InstanceCount": settings.instance_count,
        **machine.volume(settings.volume_gb, key_arn),
        **({"KeepAlivePeriodInSeconds": keep_alive} if keep_alive else {}),
    }


def _stopping(settings: LadderSettings) -> dict[str, dict[str, int]]:
    runtime = {"MaxRuntimeInSeconds": settings.max_runtime_seconds}
    return {
        "spot": {**runtime, "MaxWaitTimeInSeconds": settings.max_wait_seconds},
        "on_demand": runtime,
    }


def _memory_upgrades(machines: Sequence[Instance]) -> Mapping[str, str]:
    upgrades = {}
    for position, machine in enumerate(machines):
        larger = [one for one in machines[position + 1 :] if one.memory_gib > machine.memory_gib]
        if larger:
            upgrades[machine.type] = larger[0].type
    return upgrades
