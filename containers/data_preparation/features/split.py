"""Cuts the rows by time: the latest go to the test, those before to validation, the rest to training. A
moment lies in one split only, so nothing of the later splits is seen earlier."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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

    def cut(self, split: Split) -> Cut:
        """The cut that gives the later splits at most their shares; raises DataMissing if one stays empty."""
        moments = np.array(sorted(self._counts), dtype=np.int64)
        before = np.concatenate([[0], np.cumsum([self._counts[int(moment)] for moment in moments])])
        test = int(np.searchsorted(before, (1 - split.test_share) * self.rows))
        share_before_validation = 1 - split.test_share - split.validation_share
        validation = int(np.searchsorted(before, share_before_validation * self.rows))
        if not 0 < validation < test < len(moments):
            rule = "by time they can't be split into training, validation and test"
            raise DataMissing.about("moments with labelled rows", len(moments), rule, "Widen the window")
        return Cut(validation_minute=int(moments[validation]), test_minute=int(moments[test]))
