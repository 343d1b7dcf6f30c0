"""What scaling, imputation and equal buckets need to know of a feature: sums, extremes and quantiles that
merge over shards, in memory that grows with precision, not with rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

KEPT_BITS = 20  # of a float32: sign, exponent and 11 bits, so quantiles are within 0.05 %
LARGEST = float(np.finfo(np.float32).max)
DROPPED_BITS = 32 - KEPT_BITS
Keys = npt.NDArray[np.int32]


class NumericFit:
    """Count, mean, squared deviations from it, extremes, and counts by value rounded towards zero to 12
    binary digits.

    Whole numbers up to 4,096 are exact. Means are merged shard by shard in order, so they don't depend on
    which machine read a shard.
    """

    def __init__(self) -> None:
        self.rows, self.mean, self.squares = 0, 0.0, 0.0
        self.least, self.most = np.inf, -np.inf
        self._keys, self._counts = np.zeros(0, np.int32), np.zeros(0, np.int64)

    def add(self, values: npt.NDArray[np.floating[Any]]) -> None:
        """Counts a batch; what is missing, infinite or beyond float32 is left out."""
        present = values[np.abs(values) <= LARGEST].astype(np.float64, copy=False)
        if not len(present):
            return
        mean = float(present.mean())
        self._moments(len(present), mean, float(np.square(present - mean).sum()))
        self.least = min(self.least, float(present.min()))
        self.most = max(self.most, float(present.max()))
        self._count(*np.unique(_keys(present.astype(np.float32)), return_counts=True))

    def merge(self, other: NumericFit) -> None:
        """Adds the next shard."""
        self._moments(other.rows, other.mean, other.squares)
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self._count(other._keys, other._counts)

    @property
    def deviation(self) -> float:
        """The standard deviation of all values; 0 without values."""
        return float(np.sqrt(self.squares / self.rows)) if self.rows else 0.0

    def quantile(self, share: float) -> float:
        """The least (rounded) value at or below which this share lies; 0 without values."""
        if not self.rows:
            return 0.0
        reached = np.cumsum(self._counts)
        return float(_values(self._keys[[reached.searchsorted(share * self.rows)]])[0])

    def edges(self, buckets: int) -> tuple[float, ...]:
        """The inner borders of up to so many buckets of equal shares; 0 without values."""
        if not self.rows:
            return (0.0,)
        inner = {self.quantile(step / buckets) for step in range(1, buckets)}
        return tuple(sorted(edge for edge in inner if edge > self.least)) or (self.most,)

    def _moments(self, rows: int, mean: float, squares: float) -> None:
        """Adds those of other values (Chan, Golub, LeVeque 1979): sums of squares would lose a spread that
        is small beside the mean."""
        both, away = self.rows + rows, mean - self.mean
        if not rows:
            return
        self.mean += away * rows / both
        self.squares += squares + away * away * self.rows * rows / both
        self.rows = both

    def _count(self, keys: Keys, counts: npt.NDArray[np.int64]) -> None:
        """Adds counts by key, keys rising; arrays, because a dict takes ten times the memory."""
        both = np.concatenate([self._keys, keys])
        order = np.argsort(both, kind="stable")  # which merges what rises already
        both = both[order]
        starts = np.flatnonzero(np.diff(both, prepend=both[:1] - 1))
        self._keys = both[starts]
        self._counts = np.add.reduceat(np.concatenate([self._counts, counts])[order], starts)


def _keys(values: npt.NDArray[np.float32]) -> Keys:
    """Rounded floats as whole numbers of the same order: bits, mirrored for negative values."""
    bits = (values + np.float32(0)).view(np.int32)  # -0 becomes 0
    size = (bits & np.int32(0x7FFFFFFF)) >> DROPPED_BITS
    return np.where(bits < 0, -size, size)


def _values(keys: Keys) -> npt.NDArray[np.float64]:
    sizes = (np.abs(keys) << DROPPED_BITS).astype(np.int32).view(np.float32).astype(np.float64)
    return np.where(keys < 0, -sizes, sizes)
