"""The account a simulated run works in: what lies there before it, and all it makes, changes and leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.asl.clock import VirtualClock

BEFORE = "before-config"  # what a live endpoint serves before the run
BEFORE_MODEL = "before-model"
BEFORE_PACKAGE = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/before/1"
LARGE_BYTES = 600 * 1024**2
MOVING = frozenset({"Creating", "Updating"})


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a scenario finds: the data, the production model, people, and how new endpoints fare."""

    months: tuple[str, ...] = ("2013-01", "2013-02", "2013-03")
    broken_months: tuple[str, ...] = ()
    large_months: tuple[str, ...] = ()
    """Landed as text too large for the validating function: a job takes them."""
    file_bytes: int = 5_000_000
    is_shifted: bool = False
    has_baseline: bool = False
    """Whether a model of an earlier run is in production, and the statistics of its data are kept."""
    live: str = ""
    """Status of the live endpoint before the run; empty: there is one if there is a baseline."""
    lost: str = ""
    """What somebody deleted under the live endpoint: its `configuration` or its `model`."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """The candidate's scores where they are not the usual ones."""
    later_scores: Mapping[str, float] = field(default_factory=dict)
    """The same for candidates of later laps."""
    reviewer: str = "approve"
    """`approve`, `reject` or `silent`."""
    staging: str = "InService"
    """What a new endpoint becomes: `InService` or `Failed`."""
    shift_of_traffic: str = "InService"
    """What an update becomes: `InService`, `alarm` (rolled back: the old configuration) or `Failed`."""
    smoke: str = "passes"
    """`passes`, `fails on staging` or `fails on live`."""
    is_another_run_under_way: bool = False
    is_deployment_locked: bool = False
    package_status: str = "Completed"
    """What a registered package becomes."""
    package_seconds: float = 0.0
    """How long it is `InProgress` before."""


@dataclass
class Endpoint:
    """An endpoint on its way to a configuration, or there."""

    config: str
    target: str
    status: str
    becomes: str = "InService"
    settles_at: float = 0.0


class World:
    """One simulated account; the clock is the virtual one of the running loop."""

    def __init__(self, facts: Facts, environments: Mapping[str, Mapping[str, str]]) -> None:
        self.facts = facts
        self.environments = environments
        self.objects: dict[str, int] = {}
        self.jobs: dict[str, str] = {}
        self.trained: dict[str, dict[str, Any]] = {}
        self.models: dict[str, str | None] = {}
        """Each with the package it was made from."""
        self.configs: dict[str, list[str]] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.packages: dict[str, str] = {}
        self.packages_complete_at: dict[str, float] = {}
        self.run_lock = ""
        self.endpoint_locks: dict[str, str] = {}
        self.alerts: list[str] = []
        self.outcomes: list[dict[str, Any]] = []
        self.checkpoints_written = 0
        self._furnish()

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return VirtualClock().time()

    def keys(self, prefix: str) -> list[str]:
        """Keys of all buckets below a prefix, sorted."""
        return sorted(key for key in self.objects if key.startswith(prefix))

    def remove(self, prefix: str) -> int:
        """Delete every object below a prefix; how many there were."""
        keys = self.keys(prefix)
        for key in keys:
            del self.objects[key]
        return len(keys)

    def endpoint(self, name: str) -> Endpoint | None:
        """An endpoint as it is by now."""
        endpoint = self.endpoints.get(name)
        if endpoint and endpoint.status in MOVING and self.now >= endpoint.settles_at:
            _settle(endpoint)
        return endpoint

    def leftovers(self) -> Iterator[str]:
        """What no ended run may leave: jobs, locks, checkpoints, useless models, its packages and release."""
        running = [name for name, status in self.jobs.items() if status == "InProgress"]
        yield from (f"job {name} is still running" for name in running)
        if self.run_lock and not self.facts.is_another_run_under_way:
            yield f"the run lock is held by {self.run_lock}"
        if not self.facts.is_deployment_locked:
            yield from (f"{name} is locked by {holder}" for name, holder in self.endpoint_locks.items())
        yield from (f"object {key}" for key in self.objects if "/checkpoints/" in key)
        yield from (f"endpoint {name}" for name in self.endpoints if "-staging-" in name)
        used = {model for models in self.configs.values() for model in models}
        yield from (f"model {name}" for name in sorted(self.models.keys() - used))
        for arn, status in self.packages.items():
            if status == "PendingManualApproval":
                yield f"{arn} waits for a decision nobody will take"
        if not self.outcomes or self.outcomes[-1]["outcome"] != "Deployed":
            yield from self._released()

    def _released(self) -> Iterator[str]:
        """What a run that was not deployed has put into production nevertheless."""
        new = [arn for arn, status in self.packages.items() if status == "Approved" and "/before/" not in arn]
        yield from (f"{arn} is approved" for arn in new)
        yield from (f"configuration {name}" for name in self.configs if name != BEFORE)
        for name in self.endpoints:
            endpoint = self.endpoint(name)
            if endpoint and endpoint.config != BEFORE:
                yield f"endpoint {name} serves {endpoint.config}"

    def _furnish(self) -> None:
        for month in self.facts.months:
            is_large = month in self.facts.large_months
            name = f"incoming/flights/{month}.{'csv' if is_large else 'parquet'}"
            self.objects[name] = LARGE_BYTES if is_large else self.facts.file_bytes
        if self.facts.has_baseline:
            self.objects["baselines/flights/statistics.json"] = 1
            self.packages[BEFORE_PACKAGE] = "Approved"
        if self.facts.has_baseline or self.facts.live:
            self._serve()
        if self.facts.is_another_run_under_way:
            self.run_lock = "another-run"

    def _serve(self) -> None:
        name, lost = self.environments["find_baseline"]["ENDPOINT_NAME"], self.facts.lost
        if lost != "configuration":
            self.configs[BEFORE] = [BEFORE_MODEL]
        if not lost:
            self.models[BEFORE_MODEL] = BEFORE_PACKAGE if self.facts.has_baseline else None
        self.endpoints[name] = Endpoint(BEFORE, BEFORE, self.facts.live or "InService")


def _settle(endpoint: Endpoint) -> None:
    if endpoint.becomes == "alarm":
        endpoint.status = "InService"  # as AWS: a rollback ends InService on the old configuration
    elif endpoint.becomes == "Failed":
        endpoint.status = "Failed"
    else:
        endpoint.config, endpoint.status = endpoint.target, "InService"
