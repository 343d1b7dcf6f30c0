"""A training job on the spot ladder as a chain of checkpointed segments, and what it costs in expectation.

Interruptions come as a Poisson process while the job is on spot. A try without a finished checkpoint is
stale; after so many stale tries in a row (without refill: so many tries at all) the job goes on-demand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SpotJob:
    """One job; all times in seconds. `restart_seconds` are billed at every start but the first."""

    work_seconds: float
    interval_seconds: float
    write_seconds: float
    restart_seconds: float
    mean_seconds: float
    max_stale_tries: int = 3
    is_refilled: bool = True

    @property
    def segments(self) -> int:
        """How many stretches of work there are; a checkpoint ends each but the last."""
        return max(1, math.ceil(self.work_seconds / self.interval_seconds))

    @property
    def segment_seconds(self) -> float:
        """A stretch of work and its checkpoint."""
        return self.interval_seconds + self.write_seconds

    @property
    def last_seconds(self) -> float:
        """The last stretch, which needs no checkpoint."""
        return self.work_seconds - (self.segments - 1) * self.interval_seconds


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a job takes in expectation: billed seconds on spot and on-demand, work lost, interruptions."""

    spot_seconds: float
    on_demand_seconds: float
    lost_seconds: float
    interruptions: float
    on_demand_share: float

    def usd(self, usd_per_hour: float, spot_price_ratio: float) -> float:
        """What it costs; the price is that on-demand."""
        return (self.spot_seconds * spot_price_ratio + self.on_demand_seconds) * usd_per_hour / 3600

    def saving(self, work_seconds: float, spot_price_ratio: float) -> float:
        """The share saved against the same work on-demand without any checkpoint."""
        return 1 - self.usd(3600, spot_price_ratio) / work_seconds


def expected(job: SpotJob) -> Expected:
    """The exact expectation, from the last segment back to the first."""
    tries = job.max_stale_tries
    after: list[Vector] = [np.zeros(5)] * tries
    fresh: list[Vector] = after
    for number in reversed(range(job.segments)):
        is_last = number == job.segments - 1
        seconds = job.last_seconds if is_last else job.segment_seconds
        left = (job.segments - number - 1) * job.segment_seconds + job.last_seconds
        left -= 0 if is_last else job.segment_seconds - seconds
        on_demand = np.array([0.0, job.restart_seconds + left, 0.0, 0.0, 1.0])
        fresh = _fresh_starts(job, seconds, after, on_demand)
        start = _attempt(job, seconds, 0.0, after[0], [*fresh, on_demand][1])
        failed = [fresh[0]] * tries if job.is_refilled else [*fresh[1:], on_demand]
        after = [_attempt(job, seconds, 0.0, after[stale], failed[stale]) for stale in range(tries)]
    return Expected(**dict(zip(Expected.__dataclass_fields__, map(float, start), strict=True)))


def best_interval(job: SpotJob) -> SpotJob:
    """The job with the interval that costs least at a spot price of 0.3, whatever an interruption loses."""
    most = min(job.segments * 4, 4000, max(1, int(job.work_seconds / 20)))
    counts = sorted({round(count) for count in np.geomspace(1, most, 40)})
    choices = [job, *(replace(job, interval_seconds=job.work_seconds / count) for count in counts)]
    return min(choices, key=lambda choice: expected(choice).usd(1, 0.3))


def _fresh_starts(job: SpotJob, seconds: float, after: list[Vector], on_demand: Vector) -> list[Vector]:
    """Starting anew before a segment, by the number of stale tries so far."""
    found: list[Vector] = []
    for stale in reversed(range(job.max_stale_tries)):
        failed = found[0] if found else on_demand
        done = after[0 if job.is_refilled else stale]
        found.insert(0, _attempt(job, seconds, job.restart_seconds, done, failed))
    return found


def _attempt(job: SpotJob, seconds: float, restart: float, done: Vector, failed: Vector) -> Vector:
    """One attempt at a segment: what it takes, then what follows its success or its interruption."""
    mean = job.mean_seconds
    survives = math.exp(-(restart + seconds) / mean)
    lost = math.exp(-restart / mean) * (
        -mean * math.expm1(-seconds / mean) - seconds * math.exp(-seconds / mean)
    )
    spent = -mean * math.expm1(-(restart + seconds) / mean)
    taken = np.array([spent, 0.0, lost, 1 - survives, 0.0])
    total: Vector = taken + survives * done + (1 - survives) * failed
    return total
