"""The account a simulated run works in: what lies there before it, and all it makes, changes and leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.asl.clock import VirtualClock

CONTRACT = Path(__file__).resolve().parents[2] / "datasets/flights/contract.json"
BEFORE = "before-config"  # what a live endpoint serves before the run
LARGE_BYTES = 600 * 1024**2
MOVING = frozenset({"Creating", "Updating"})
BEFORE_MODEL = "before-model"
BEFORE_PACKAGE = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/before/1"
FAR_SECONDS = 10**9


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a scenario finds: the data, the production model, people, and how new endpoints fare."""

    months: tuple[str, ...] = ("2013-01", "2013-02", "2013-03")
    broken_months: tuple[str, ...] = ()
    large_months: tuple[str, ...] = ()
    """Landed as text too large for the validating function: a job takes them."""
    heavy_months: tuple[str, ...] = ()
    """Of which so much has to be read that the validating function leaves them to a job."""
    replaced_months: tuple[str, ...] = ()
    """Landed again while a job reads them."""
    file_bytes: int = 5_000_000
    is_shifted: bool = False
    lost_records: int = 0
    """Records that the Feature Store refuses."""
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
    is_slice_worse: bool = False
    """Whether the candidate lags far behind in one large slice of the hold-out."""
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


@dataclass
class Stored:
    """An object; what matters of most is that it is there, so few have a body."""

    size: int
    modified_at: float
    body: bytes = b""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """A job of any kind with the request that made it; `ended` is what Describe says once it is over."""

    kind: str
    name: str
    request: Mapping[str, Any]
    started_at: float
    status: str = "InProgress"
    ended_at: float | None = None
    ended: dict[str, Any] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """As AWS spells it; kind and name are what functions read."""
        return f"arn:aws:sagemaker:eu-west-1:111122223333:{self.kind.lower()}-job/{self.name}"

    def end(self, status: str, now: float) -> None:
        """Over, unless it was before."""
        if self.status == "InProgress":
            self.status, self.ended_at = status, now


class World:
    """One simulated account; its clock is the virtual one of the running loop."""

    def __init__(self, facts: Facts, environments: Mapping[str, Mapping[str, str]]) -> None:
        self.facts = facts
        self.environments = environments
        self.objects: dict[str, Stored] = {}
        self.jobs: dict[str, Job] = {}
        self.trained: dict[str, dict[str, Any]] = {}
        self.models: dict[str, str | None] = {}
        """Each with the package it was made from."""
        self.configs: dict[str, list[str]] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.packages: dict[str, str] = {}
        self.packages_complete_at: dict[str, float] = {}
        self.owners: dict[str, str] = {}
        """The execution that a model, configuration, endpoint or package says it is of, by ARN."""
        self.attempts: dict[str, str] = {}
        """The attempt of that execution in which they and jobs were made, by ARN."""
        self.reasons: dict[str, str] = {}
        """ApprovalDescription of a package, by ARN."""
        self.metadata: dict[str, Mapping[str, str]] = {}
        """CustomerMetadataProperties of a package, by ARN."""
        self.stopped_runs: set[str] = set()
        """Runs that were aborted or ran out of time: they said nothing, and may be redriven."""
        self.tables: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
        self.alerts: list[str] = []
        self.dead_letters: list[str] = []
        """Events that the janitor could not deal with."""
        self.clock_offset = 0.0
        """Seconds by which the functions' clock is ahead of the account's."""
        self.checkpoints_written = 0
        self._furnish()

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return VirtualClock().time()

    def put(self, key: str, body: bytes = b"", size: int | None = None) -> None:
        """Write an object, as if from now on."""
        self.objects[key] = Stored(len(body) if size is None else size, self._written_at(), body)

    def keys(self, prefix: str) -> list[str]:
        """Keys of all buckets below a prefix, sorted."""
        return sorted(key for key in self.objects if key.startswith(prefix))

    def endpoint(self, name: str) -> Endpoint | None:
        """An endpoint as it is by now."""
        endpoint = self.endpoints.get(name)
        if endpoint and endpoint.status in MOVING and self.now >= endpoint.settles_at:
            _settle(endpoint)
        return endpoint

    def hold(self, table: str, key: str, value: str, **more: str) -> None:
        """Put somebody else's lock into a table, with a lease that does not end."""
        item = {name: {"S": text} for name, text in {key: value, **more}.items()}
        item["lease_ends_at"] = {"N": str(FAR_SECONDS * 10)}
        self.tables.setdefault(table, {})[value] = item

    def _written_at(self) -> float:
        # Objects of before the loop runs are of its first moment; versions written in one moment differ.
        try:
            return self.now
        except RuntimeError:
            return 0.0

    def _furnish(self) -> None:
        self.put("datasets/flights/contract.json", CONTRACT.read_bytes())
        for month in self.facts.months:
            is_large = month in self.facts.large_months
            name = f"incoming/flights/{month}.{'csv' if is_large else 'parquet'}"
            self.put(name, size=LARGE_BYTES if is_large else self.facts.file_bytes)
        if self.facts.has_baseline:
            self.put("baselines/flights/statistics.json", b"{}")
            self.packages[BEFORE_PACKAGE] = "Approved"
        if self.facts.has_baseline or self.facts.live:
            self._serve()
        if self.facts.is_another_run_under_way:
            table = self.environments["resolve_run"]["RUNS_TABLE"]
            self.hold(table, "id", "lock#run", run_id="another-run")

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
