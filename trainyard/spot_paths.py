"""Random runs of a job on the spot ladder, many at a time: what the expectation does not say, such as the
twentieth-worst run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainyard.spot_job import SpotJob

Column = npt.NDArray[np.float64]
# Few enough for all columns to stay in a core's cache.
PATHS_AT_ONCE = 16_384


@dataclass(frozen=True)
class Paths:
    """One entry a run, in seconds: billed on spot, billed on-demand, lost to interruptions; and how many."""

    spot_seconds: Column
    on_demand_seconds: Column
    lost_seconds: Column
    interruptions: Column

    def price(self, spot_price_ratio: float) -> Column:
        """Each run's cost in on-demand seconds."""
        cost: Column = self.spot_seconds * spot_price_ratio + self.on_demand_seconds
        return cost


def simulate(job: SpotJob, paths: int, seed: int) -> Paths:
    """So many independent runs; the same seed gives the same."""
    source = np.random.default_rng(seed)
    table: npt.NDArray[np.float64] = np.zeros((4, paths))
    for start in range(0, paths, PATHS_AT_ONCE):
        _climb(job, source, table[:, start : start + PATHS_AT_ONCE])
    return Paths(*table)


@dataclass
class _Climbers:
    """The runs that were interrupted and not finished yet; `place` is each one's column in the table."""

    place: npt.NDArray[np.intp]
    spot: Column
    lost: Column
    left: Column
    count: Column
    tries: npt.NDArray[np.int8]

    def only(self, which: npt.NDArray[np.intp]) -> _Climbers:
        """These of them."""
        return _Climbers(
            self.place[which],
            self.spot[which],
            self.lost[which],
            self.left[which],
            self.count[which],
            self.tries[which],
        )

    def settle(self, table: npt.NDArray[np.float64], *, is_on_spot: bool, restart_seconds: float) -> None:
        """Writes them down as finished by one more start, on spot or on-demand."""
        last = self.left + restart_seconds
        table[0, self.place] = self.spot + last if is_on_spot else self.spot
        table[1, self.place] = 0.0 if is_on_spot else last
        table[2, self.place], table[3, self.place] = self.lost, self.count


def _climb(job: SpotJob, source: np.random.Generator, columns: npt.NDArray[np.float64]) -> None:
    """Fills the columns try by try; finished runs drop out."""
    going = _first_try(job, source, columns)
    while going.place.size:
        exhausted = going.tries >= job.max_stale_tries
        if exhausted.any():
            gone = going.only(np.flatnonzero(exhausted))
            gone.settle(columns, is_on_spot=False, restart_seconds=job.restart_seconds)
            going = going.only(np.flatnonzero(~exhausted))
        spans = source.standard_exponential(going.place.size)
        spans *= job.mean_seconds
        is_done = spans >= going.left + job.restart_seconds
        done = going.only(np.flatnonzero(is_done))
        done.settle(columns, is_on_spot=True, restart_seconds=job.restart_seconds)
        others = np.flatnonzero(~is_done)
        going, spans = going.only(others), spans[others]
        useful = np.maximum(spans - job.restart_seconds, 0)
        finished = np.floor(useful / job.segment_seconds)
        worked = finished * job.segment_seconds
        going.spot += spans
        going.lost += useful - worked
        going.left -= worked
        going.count += 1
        going.tries += 1
        if job.is_refilled:
            going.tries[finished > 0] = 0


def _first_try(job: SpotJob, source: np.random.Generator, columns: npt.NDArray[np.float64]) -> _Climbers:
    """The start, which costs no restart; most short jobs end here."""
    whole = (job.segments - 1) * job.segment_seconds + job.last_seconds
    spans = np.asarray(source.standard_exponential(columns.shape[1]))
    spans *= job.mean_seconds
    np.minimum(spans, whole, out=columns[0])
    place = np.flatnonzero(spans < whole)
    spans = spans[place]
    finished = np.floor(spans / job.segment_seconds)
    worked = finished * job.segment_seconds
    is_stale = (finished == 0) | (not job.is_refilled)
    tries = is_stale.astype(np.int8)
    return _Climbers(place, spans, spans - worked, whole - worked, np.ones(place.size), tries)
