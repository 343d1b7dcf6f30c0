"""Random runs of a job on the spot ladder, many at a time: what the expectation does not say, such as the
twentieth-worst run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard.forecast.spot_job import SpotJob

Column = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
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
    ladder = _Ladder(job, np.random.default_rng(seed), paths)
    waiting = _Climbers.of([ladder.first_try(start) for start in range(0, paths, PATHS_AT_ONCE)])
    climbing = waiting.take(PATHS_AT_ONCE)
    while climbing.place.size:
        climbing = climbing.replaced(ladder.try_again(climbing), waiting)
    ladder.table[:3] *= job.segment_seconds
    return Paths(*ladder.table)


@dataclass
class _Climbers:
    """Runs that were interrupted: where each one's answer goes, what it was billed on spot, lost and has left
    (in segments), how often in a row it was interrupted without a checkpoint, and how often at all."""

    place: Places
    spot: Column
    lost: Column
    left: Column
    stale: npt.NDArray[np.int8]
    count: npt.NDArray[np.int32]

    @classmethod
    def of(cls, parts: list[_Climbers]) -> _Climbers:
        """All of them together, in order."""
        return cls(*(np.concatenate(same) for same in zip(*(part.columns for part in parts), strict=True)))

    @property
    def columns(self) -> tuple[npt.NDArray[Any], ...]:
        """In the order of the fields."""
        return self.place, self.spot, self.lost, self.left, self.stale, self.count

    def only(self, which: Any) -> _Climbers:
        """These of them, as columns of their own."""
        return _Climbers(*(column[which] for column in self.columns))

    def take(self, most: int) -> _Climbers:
        """The first of them, at most so many, which are then no longer here."""
        taken = _Climbers(*(column[:most].copy() for column in self.columns))
        for name, column in zip(_Climbers.__dataclass_fields__, self.columns, strict=True):
            setattr(self, name, column[most:])
        return taken

    def replaced(self, gone: Places, waiting: _Climbers) -> _Climbers:
        """With those that wait in the places of those that are gone; no other moves until nobody waits."""
        fresh = waiting.take(gone.size)
        filled, empty = gone[: fresh.place.size], gone[fresh.place.size :]
        for column, new in zip(self.columns, fresh.columns, strict=True):
            column[filled] = new
        return self.only(np.delete(np.arange(self.place.size), empty)) if empty.size else self


class _Ladder:
    """The rules of the ladder over columns of runs. Times are in segments: a checkpoint is a whole number."""

    def __init__(self, job: SpotJob, source: np.random.Generator, paths: int) -> None:
        self.table: npt.NDArray[np.float64] = np.zeros((4, paths))
        self._job, self._source = job, source
        unit = job.segment_seconds
        self._mean, self._restart = job.mean_seconds / unit, job.restart_seconds / unit
        self._whole = job.segments - 1 + job.last_seconds / unit

    def first_try(self, start: int) -> _Climbers:
        """The start of the next runs, which costs no restart; most short jobs end here."""
        spot = self.table[0, start : start + PATHS_AT_ONCE]
        spans = self._spans(spot.size)
        np.minimum(spans, self._whole, out=spot)
        begun = np.flatnonzero(spans < self._whole)
        spans = spans[begun]
        finished = np.floor(spans)
        stale = (finished == 0) | (not self._job.is_refilled)
        left, count = self._whole - finished, np.ones(begun.size, dtype=np.int32)
        climbers = _Climbers(begun + start, spans, spans - finished, left, stale.astype(np.int8), count)
        if self._job.max_stale_tries > 1:
            return climbers
        exhausted = stale.astype(bool)
        self._settle(climbers.only(exhausted), is_on_spot=False)
        return climbers.only(~exhausted)

    def try_again(self, climbers: _Climbers) -> Places:
        """One more try of each; which of them are finished, on spot or on-demand."""
        spans = self._spans(climbers.place.size)
        done = np.flatnonzero(spans >= climbers.left + self._restart)
        self._settle(climbers.only(done), is_on_spot=True)
        climbers.spot += spans
        spans -= self._restart
        np.maximum(spans, 0, out=spans)
        finished = np.floor(spans)
        spans -= finished
        climbers.lost += spans
        climbers.left -= finished
        climbers.count += 1
        climbers.stale += 1
        if self._job.is_refilled:
            climbers.stale *= finished == 0
        climbers.stale[done] = 0
        exhausted = np.flatnonzero(climbers.stale >= self._job.max_stale_tries)
        self._settle(climbers.only(exhausted), is_on_spot=False)
        return np.concatenate([done, exhausted])

    def _spans(self, size: int) -> Column:
        """How long each try lasts before it is interrupted."""
        spans: Column = self._source.standard_exponential(size)
        spans *= self._mean
        return spans

    def _settle(self, climbers: _Climbers, *, is_on_spot: bool) -> None:
        """Writes them down as finished by one more start, on spot or on-demand."""
        last = climbers.left + self._restart
        self.table[0, climbers.place] = climbers.spot + last if is_on_spot else climbers.spot
        self.table[1, climbers.place] = 0.0 if is_on_spot else last
        self.table[2, climbers.place], self.table[3, climbers.place] = climbers.lost, climbers.count
