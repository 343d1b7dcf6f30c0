"""Cuts the rows in three. By time: the latest are the test, those before validation, the rest training, and a
moment has one split. By hash: a key has a place that never changes, and with it its split."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.artifacts import SPLITS
from contracts.dataset import Split
from contracts.failures import DataMissing

MICROSECONDS_PER_MINUTE = 60_000_000
HASH_PLACES = 10_000


@dataclass(frozen=True)
class Cut:
    """Places on a line of minutes or hashes: validation starts at the first, the test at the second."""

    validation_at: int
    test_at: int

    def assign(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """0, 1 or 2 for train, validation or test, as in contracts.artifacts.SPLITS."""
        return np.searchsorted([self.validation_at, self.test_at], places, side="right")


class PlaceCounts:
    """Rows per place: what an exact cut needs, in memory that grows with time or with the number of places of
    hashes, not with rows."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    @property
    def rows(self) -> int:
        """Rows seen so far."""
        return self._counts.total()

    def add(self, places: npt.NDArray[np.int64]) -> None:
        """Counts one batch."""
        found, counts = np.unique(places, return_counts=True)
        self._counts.update(dict(zip(found.tolist(), counts.tolist(), strict=True)))

    def merge(self, other: PlaceCounts) -> None:
        """Adds the rows of another shard."""
        self._counts.update(other._counts)

    def cut(self, split: Split) -> Cut:
        """The cut of the contract's split.

        Raises DataMissing where a split would be empty.
        """
        return self._by_hash(split) if split.by == "key_hash" else self._by_time(split)

    def _by_time(self, split: Split) -> Cut:
        """The cut between moments that comes closest to the shares and leaves no split empty."""
        moments = np.array(sorted(self._counts), dtype=np.int64)
        if len(moments) < len(SPLITS):
            rule = "by time they can't be split into training, validation and test"
            raise DataMissing.about("moments with labelled rows", len(moments), rule, "Widen the window")
        before = np.concatenate([[0], np.cumsum([self._counts[int(moment)] for moment in moments])])
        test_rows = split.test_share * self.rows
        later_rows = test_rows + split.validation_share * self.rows
        validation = _closest(before, self.rows - later_rows, 1, len(moments) - 2)
        test = _closest(before, self.rows - test_rows, validation + 1, len(moments) - 1)
        return Cut(int(moments[validation]), int(moments[test]))

    def _by_hash(self, split: Split) -> Cut:
        """The cut at the shares themselves, whatever the rows: so a key has the same split in every run."""
        test_at = round((1 - split.test_share) * HASH_PLACES)
        cut = Cut(test_at - round(split.validation_share * HASH_PLACES), test_at)
        rows = Counter[int]()
        for place, count in self._counts.items():
            rows[int(cut.assign(np.array([place]))[0])] += count
        for number, name in enumerate(SPLITS):
            if not rows[number]:
                rule = "no key falls into it: too few keys for a split by hash"
                raise DataMissing.about(f"rows of the split {name}", 0, rule, "Widen the window")
        return cut


def _closest(before: npt.NDArray[np.int64], rows: float, first: int, last: int) -> int:
    """The moment in [first, last] before which the number of rows comes closest to the wanted one."""
    return first + int(np.argmin(np.abs(before[first : last + 1] - rows)))
