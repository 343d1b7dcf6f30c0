"""Exact counts of a feature's distribution in one pass and bounded memory. Numeric: rows below and equal to
fixed thresholds; counts are integers, so they add over chunks, threads, files and machines in any order, bit
for bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.document import Document
from features.measures import Levels
from features.ranks import Ruler

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.int64]
THRESHOLDS = 256  # in the JSON baseline
FINE_THRESHOLDS = 4_096  # beside it, for the features that 256 leave undecided
KEPT_LEVELS = 200


def thresholds_of(sample: Floats, count: int = THRESHOLDS) -> npt.NDArray[np.float64]:
    """Up to `count` quantiles of a sample as float32, its finite extremes included: values that occur."""
    singles = sample.astype(np.float32)
    present = singles[np.isfinite(singles)].astype(np.float64)
    if not len(present):
        return np.zeros(0)
    quantiles = np.quantile(present, np.linspace(0, 1, count), method="inverted_cdf")
    return np.unique(quantiles) + 0.0  # -0.0 or 0.0: which one comes first depends on how a processor sorts


@dataclass
class NumericCounts:
    """How many values lie below, and at or below, each threshold; missing ones are counted apart.

    Thresholds rise strictly. Values are counted exactly, as the float32 that a model takes.
    """

    thresholds: npt.NDArray[np.float64]
    below: Integers = field(init=False)
    at_or_below: Integers = field(init=False)
    rows: int = 0
    missing: int = 0

    def __post_init__(self) -> None:
        self.below = np.zeros(len(self.thresholds), dtype=np.int64)
        self.at_or_below = np.zeros(len(self.thresholds), dtype=np.int64)
        self._ruler = Ruler(self.thresholds)

    def add(self, values: Floats) -> None:
        """Counts one batch."""
        ranks = self._ruler.ranks(values)
        self.below += ranks.below
        self.at_or_below += ranks.at_or_below
        self.rows, self.missing = self.rows + ranks.present, self.missing + ranks.missing

    def merge(self, other: NumericCounts) -> None:
        """Adds what another chunk, thread, file or machine counted at the same thresholds."""
        self.below += other.below
        self.at_or_below += other.at_or_below
        self.rows, self.missing = self.rows + other.rows, self.missing + other.missing

    def at(self, thresholds: npt.NDArray[np.float64]) -> NumericCounts:
        """The same counts at some of the thresholds only."""
        chosen = NumericCounts(thresholds)
        places = self.thresholds.searchsorted(thresholds)
        chosen.below, chosen.at_or_below = self.below[places], self.at_or_below[places]
        chosen.rows, chosen.missing = self.rows, self.missing
        return chosen

    def coarse(self) -> NumericCounts:
        """The counts at the (up to 256) thresholds nearest to evenly spaced quantiles of all values."""
        if len(self.thresholds) <= THRESHOLDS:
            return self
        wanted = np.linspace(0, 1, THRESHOLDS) * self.rows
        places = np.minimum(self.at_or_below.searchsorted(wanted), len(self.thresholds) - 1)
        return self.at(self.thresholds[np.unique(places)])

    def quantile(self, share: float) -> float:
        """The least threshold at or below which this share of the values lies; NaN without values."""
        if not (self.rows and len(self.thresholds)):
            return float("nan")
        place = int(self.at_or_below.searchsorted(share * self.rows))
        return float(self.thresholds[min(place, len(self.thresholds) - 1)])

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, at most 10 KB at 256 thresholds."""
        return {
            "kind": "numeric",
            "rows": self.rows,
            "missing": self.missing,
            "thresholds": self.thresholds.tolist(),
            "below": self.below.tolist(),
            "equal": (self.at_or_below - self.below).tolist(),
        }

    @classmethod
    def read(cls, document: Document) -> NumericCounts:
        """Reads what `to_dict` wrote; refuses lists that are no distribution."""
        counts = cls(_numbers(document, "thresholds", np.float64))
        counts.below = _numbers(document, "below", np.int64)
        equal = _numbers(document, "equal", np.int64)
        counts.rows, counts.missing = document.whole("rows"), document.whole("missing")
        if not len(counts.thresholds) == len(counts.below) == len(equal):
            raise document.refuse("below", "thresholds, below and equal must have the same length")
        counts.at_or_below = counts.below + equal
        if not counts.do_thresholds_rise:
            raise document.refuse("thresholds", "they must be finite and rise strictly")
        if not counts.do_counts_rise:
            raise document.refuse("below", "counts must rise from 0 to rows")
        return counts

    @property
    def do_thresholds_rise(self) -> bool:
        """Whether thresholds are finite and rise strictly."""
        return bool(np.isfinite(self.thresholds).all() and (np.diff(self.thresholds) > 0).all())

    @property
    def do_counts_rise(self) -> bool:
        """Whether counts rise from 0 to the rows, as those of a distribution do."""
        steps = np.column_stack([self.below, self.at_or_below]).ravel()
        return bool((np.diff(np.concatenate([[0], steps, [self.rows]])) >= 0).all())


def _numbers(document: Document, name: str, kind: type[np.generic]) -> npt.NDArray[Any]:
    try:
        return np.asarray(document.value(name), dtype=kind).reshape(-1)
    except (TypeError, ValueError, OverflowError) as error:
        raise document.refuse(name, "it must be a list of numbers") from error


@dataclass
class LevelCounts:
    """How often each level of a category occurs; `others` holds the rare ones that a baseline pools."""

    counts: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    others: int = 0

    @property
    def rows(self) -> int:
        """Values that are there."""
        return self.counts.total() + self.others

    def add(self, levels: Levels) -> None:
        """Counts one batch."""
        self.missing += levels.missing
        self.counts.update(levels.counts())

    def merge(self, other: LevelCounts) -> None:
        """Adds what was counted elsewhere."""
        self.counts.update(other.counts)
        self.missing, self.others = self.missing + other.missing, self.others + other.others

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the 200 most frequent levels in alphabetical order, the others as one count."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return {
            "kind": "categorical",
            "rows": self.rows,
            "missing": self.missing,
            "counts": dict(sorted(ranked[:KEPT_LEVELS])),
            "others": self.others + sum(count for _, count in ranked[KEPT_LEVELS:]),
        }

    @classmethod
    def read(cls, document: Document) -> LevelCounts:
        """Reads what `to_dict` wrote."""
        counts = document.nested("counts", lambda part: {level: part.whole(level) for level in part.names})
        read = cls(Counter(counts), document.whole("missing"), document.whole("others"))
        if document.whole("rows") != read.rows:
            raise document.refuse("rows", "it must be the sum of the counts and the others")
        return read


Counts = NumericCounts | LevelCounts
