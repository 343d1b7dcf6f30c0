"""The section training: the job, the ladder it climbs, the sweep. What breaks a rule is refused before a job
is paid for. What each setting is for stands beside it in Pulumi.dev.yaml."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PlainValidator, model_validator
from pydantic_core import PydanticCustomError

from contracts.checkpoint_interval import AUTO
from contracts.failures import ConfigurationRejected
from contracts.hyperparameters import problems
from contracts.instances import Catalogue, catalogue
from settings.values import Section, TrainingType

Value = int | float | str
# A state's input and output hold 256 KiB, a trained candidate takes up to about 1 KiB of it.
MAX_FOLD_JOBS = 200
SET_ELSEWHERE = {"checkpoint_seconds": "checkpoint.seconds"} | dict.fromkeys(
    ("folds", "fold", "fold_by", "fold_window"), "sweep.folds"
)


def _interval(value: object) -> int | str:
    if value == AUTO or (type(value) is int and 10 <= value <= 3600):
        return value
    raise PydanticCustomError("interval", "must be auto, or a whole number from 10 to 3600")


class Spot(Section):
    """The ladder's spot part: windows without progress before it goes on-demand."""

    is_used: bool
    max_wait_minutes: int = Field(ge=1, le=40320)
    max_windows: int = Field(ge=1, le=10)
    interruption_percent_per_hour: float = Field(gt=0, lt=100)


class Checkpoint(Section):
    """How often a job writes what it would resume from, and what that costs."""

    seconds: Annotated[int | str, PlainValidator(_interval)]
    write_seconds: float = Field(gt=0, le=600)
    max_lost_seconds: int = Field(ge=60, le=7200)


class Recovery(Section):
    """How often the ladder tries what may help, and how far it goes."""

    max_transient_failures: int = Field(ge=0, le=10)
    max_divergences: int = Field(ge=0, le=10)
    backoff_seconds: int = Field(ge=1, le=3600)
    min_batch_size: int = Field(ge=1)
    rate_factor: float = Field(gt=0, lt=1)


class Folds(Section):
    """Each configuration of a sweep tried on several parts of the training rows; a count of 0 is none."""

    count: int = Field(ge=0, le=20)
    by: Literal["time", "hash"]
    window: Literal["expanding", "rolling"]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.count == 1:
            raise self.refuse("count", "one fold compares nothing: take 2 to 20, or 0 for none")
        if self.by == "hash" and self.window == "rolling":
            raise self.refuse("window", "a window rolls over time; take by: time, or window: expanding")
        return self


class Sweep(Section):
    """Several candidates instead of one."""

    is_used: bool
    manager: Literal["map", "tuning_job"]
    strategy: Literal["grid", "random", "variants"]
    max_candidates: int = Field(ge=2, le=100)
    max_concurrency: int = Field(ge=1, le=10)
    tolerated_failure_percentage: int = Field(ge=0, le=50)
    seed: int = Field(ge=0)
    space: dict[str, Annotated[tuple[Value, ...], Field(min_length=1)]] = Field(min_length=1)
    variants: tuple[dict[str, Value], ...]
    folds: Folds

    @model_validator(mode="after")
    def _agree(self) -> Self:
        points = math.prod(len(values) for values in self.space.values())
        if self.strategy == "grid" and points > self.max_candidates:
            raise self.refuse(
                "space",
                f"a grid of it has {points} points, above maxCandidates ({self.max_candidates}): take fewer "
                "values or strategy: random",
            )
        if self.strategy == "variants" and not 2 <= len(self.variants) <= self.max_candidates:
            raise self.refuse(
                "variants", f"must name 2 to maxCandidates ({self.max_candidates}) configurations"
            )
        if self.strategy == "variants" and self.manager == "tuning_job":
            raise self.refuse("strategy", "a tuning job draws from a space; take manager: map for variants")
        self._agree_on_folds()
        return self

    @property
    def jobs(self) -> int:
        """How many jobs a lap starts at most, the last fit after folds included."""
        if not self.is_used:
            return 1
        points = math.prod(len(values) for values in self.space.values())
        drawn = len(self.variants) if self.strategy == "variants" else min(points, self.max_candidates)
        return drawn * self.folds.count + 1 if self.folds.count else drawn

    def _agree_on_folds(self) -> None:
        if self.folds.count and self.manager == "tuning_job":
            raise self.refuse(
                "folds.count", "a tuning job judges each job alone; take manager: map for folds, or 0"
            )
        jobs = self.max_candidates * self.folds.count
        if jobs > MAX_FOLD_JOBS:
            raise self.refuse(
                "folds.count",
                f"makes {jobs} jobs of maxCandidates ({self.max_candidates}): a state carries the results of "
                f"{MAX_FOLD_JOBS}; take fewer folds or candidates",
            )


class Training(Section):
    """The training job and the ladder of machines it climbs."""

    algorithm: Literal["xgboost", "torch"]
    objective_metric: Literal["validation:auc", "validation:logloss"]
    instance_types: tuple[TrainingType, ...] = Field(min_length=1)
    instance_prices: dict[str, Annotated[float, Field(gt=0, lt=10_000)]]
    instance_count: int = Field(ge=1, le=16)
    max_instance_count: int = Field(ge=1, le=16)
    volume_gb: int = Field(ge=1, le=16384)
    max_runtime_minutes: int = Field(ge=5, le=40320)
    keep_alive_seconds: int = Field(ge=0, le=3600)
    max_attempts: int = Field(ge=1, le=20)
    max_cost_usd: float = Field(gt=0)
    checkpoint: Checkpoint
    spot: Spot
    recovery: Recovery
    sweep: Sweep
    hyperparameters: dict[str, Value]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        self._agree_on_machines()
        self._agree_on_hosts()
        self._agree_on_spot()
        self._agree_on_checkpoints()
        for field, rule in self._wrong_hyperparameters():
            raise self.refuse(field, rule)
        return self

    @property
    def of_runs(self) -> dict[str, Any]:
        """What the pipeline checks and prices its runs by."""
        return {
            "algorithm": self.algorithm,
            "instance_prices": self.instance_prices,
            "uses_spot": self.spot.is_used,
            "uses_sweep": self.sweep.is_used,
        }

    @property
    def machines(self) -> Catalogue:
        """The catalogue with this stack's own prices; ConfigurationRejected for prices of unknown types."""
        return catalogue().with_prices(self.instance_prices)

    def _agree_on_machines(self) -> None:
        try:
            known = self.machines
        except ConfigurationRejected as refused:
            raise self.refuse("instancePrices", str(refused)) from refused
        try:
            prices = [known.instances[name].on_demand_usd_per_hour for name in self.instance_types]
        except ConfigurationRejected as refused:
            raise self.refuse("instanceTypes", str(refused)) from refused
        hourly = max(prices) * self.instance_count
        least = self.sweep.jobs * self.max_runtime_minutes / 60 * hourly
        if least > self.max_cost_usd:
            raise self.refuse(
                "maxCostUsd",
                f"one attempt for each of {self.sweep.jobs} jobs can cost {least:.2f} on the dearest of "
                "instanceTypes; raise it, or lower maxRuntimeMinutes, instanceCount, sweep.maxCandidates or "
                "sweep.folds.count",
            )

    def _agree_on_hosts(self) -> None:
        if self.max_instance_count < self.instance_count:
            raise self.refuse("maxInstanceCount", f"must be at least instanceCount ({self.instance_count})")
        if self.algorithm == "xgboost" and self.max_instance_count > 1:
            field = "instanceCount" if self.instance_count > 1 else "maxInstanceCount"
            raise self.refuse(field, "xgboost trains on one host here; set 1, or algorithm: torch")

    def _agree_on_spot(self) -> None:
        if self.spot.is_used and self.keep_alive_seconds:
            raise self.refuse(
                "keepAliveSeconds", "a warm pool can't be kept on spot; set 0 or spot.isUsed: false"
            )
        if self.spot.is_used and self.spot.max_wait_minutes <= self.max_runtime_minutes:
            raise self.refuse(
                "spot.maxWaitMinutes",
                f"must be above maxRuntimeMinutes ({self.max_runtime_minutes}): it includes it",
            )
        if self.spot.is_used and self.sweep.is_used and self.sweep.manager == "tuning_job":
            raise self.refuse(
                "sweep.manager",
                "a tuning job's jobs have no checkpoint of their own, and spot without checkpoint loses "
                "everything; set spot.isUsed: false or manager: map",
            )

    def _agree_on_checkpoints(self) -> None:
        seconds = self.checkpoint.seconds
        if isinstance(seconds, int) and seconds > self.checkpoint.max_lost_seconds:
            raise self.refuse(
                "checkpoint.seconds",
                f"must be at most checkpoint.maxLostSeconds ({self.checkpoint.max_lost_seconds}), or auto",
            )

    def _wrong_hyperparameters(self) -> Iterator[tuple[str, str]]:
        for name in self.hyperparameters.keys() & SET_ELSEWHERE.keys():
            yield f"hyperparameters.{name}", f"is set by {SET_ELSEWHERE[name]}; remove it"
        for name in self.sweep.space.keys() & SET_ELSEWHERE.keys():
            yield f"sweep.space.{name}", f"is set by {SET_ELSEWHERE[name]}; remove it"
        for name, rule in problems(self.algorithm, self.hyperparameters):
            yield f"hyperparameters.{name}", rule
        for name, values in self.sweep.space.items():
            for value in values:
                for _, rule in problems(self.algorithm, {name: value}):
                    yield f"sweep.space.{name}", f"{rule}; {value!r} is not"
        for variant in self.sweep.variants:
            for name, rule in problems(self.algorithm, variant):
                yield "sweep.variants", f"{name} {rule}; {variant[name]!r} is not"
