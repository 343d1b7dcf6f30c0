"""Cuts the rows by time: the latest go to the test, those before to validation, the rest to training. A
moment lies in one split only, so nothing of the later splits is seen earlier."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.artifacts import SPLITS
from contracts.dataset import Split
from contracts.failures import DataMissing

MICROSECONDS_PER_MINUTE = 60_000_000


@dataclass(frozen=True)
class Cut:
    """Minutes since 1970: validation starts at the first, the test at the second."""

    validation_minute: int
    test_minute: int

    def assign(self, minutes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """0, 1 or 2 for train, validation or test, as in contracts.artifacts.SPLITS."""
        return np.searchsorted([self.validation_minute, self.test_minute], minutes, side="right")


class MomentCounts:
    """Rows per minute of event time: what an exact cut needs, in memory that grows with time, not with
    rows."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    @property
    def rows(self) -> int:
        """Rows seen so far."""
        return self._counts.total()

    def add(self, minutes: npt.NDArray[np.int64]) -> None:
        """Counts one batch."""
        moments, counts = np.unique(minutes, return_counts=True)
        self._counts.update(dict(zip(moments.tolist(), counts.tolist(), strict=True)))

    def merge(self, other: MomentCounts) -> None:
        """Adds the rows of another shard."""
        self._counts.update(other._counts)

    def cut(self, split: Split) -> Cut:
        """The cut between moments that comes closest to the shares and leaves no split empty.

        Raises DataMissing with fewer than three moments.
        """
        moments = np.array(sorted(self._counts), dtype=np.int64)
        if len(moments) < len(SPLITS):
            rule = "by time they can't be split into training, validation and test"
            raise DataMissing.about("moments with labelled rows", len(moments), rule, "Widen the window")
        before = np.concatenate([[0], np.cumsum([self._counts[int(moment)] for moment in moments])])
        test_rows = split.test_share * self.rows
        later_rows = test_rows + split.validation_share * self.rows
        validation = _closest(before, self.rows - later_rows, 1, len(moments) - 2)
        test = _closest(before, self.rows - test_rows, validation + 1, len(moments) - 1)
        return Cut(validation_minute=int(moments[validation]), test_minute=int(moments[test]))


def _closest(before: npt.NDArray[np.int64], rows: float, first: int, last: int) -> int:
    """The moment in [first, last] before which the number of rows comes closest to the wanted one."""
    return first + int(np.argmin(np.abs(before[first : last + 1] - rows)))
