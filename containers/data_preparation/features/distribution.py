"""Exact counts of a feature's distribution in one pass and bounded memory. Numeric: rows below and at or
below fixed thresholds; counts are integers, so they add over chunks, files and machines in any order, bit
for bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.document import Document

Floats = npt.NDArray[np.float64]
CHUNK_ROWS = 131_072
THRESHOLDS = 256


def thresholds_of(sample: Floats) -> Floats:
    """Up to 256 quantiles of a sample, its extremes included, each a value that occurs."""
    finite = sample[~np.isnan(sample)]
    if not len(finite):
        return np.zeros(0)
    shares = np.linspace(0, 1, THRESHOLDS)
    return np.unique(np.quantile(finite, shares, method="inverted_cdf"))


@dataclass
class NumericCounts:
    """How many values lie below, and at or below, each threshold; missing ones are counted apart."""

    thresholds: Floats
    below: npt.NDArray[np.int64] = field(init=False)
    at_or_below: npt.NDArray[np.int64] = field(init=False)
    rows: int = 0
    missing: int = 0
    total: float = 0.0

    def __post_init__(self) -> None:
        self.below = np.zeros(len(self.thresholds), dtype=np.int64)
        self.at_or_below = np.zeros(len(self.thresholds), dtype=np.int64)

    def add(self, values: Floats) -> None:
        """Counts values: chunks are sorted and the thresholds found in them by binary search."""
        for start in range(0, len(values), CHUNK_ROWS):
            chunk = values[start : start + CHUNK_ROWS]
            ordered = np.sort(chunk[~np.isnan(chunk)])
            self.below += np.searchsorted(ordered, self.thresholds, side="left")
            self.at_or_below += np.searchsorted(ordered, self.thresholds, side="right")
            self.rows += len(ordered)
            self.missing += len(chunk) - len(ordered)
            self.total += float(ordered.sum())

    @property
    def mean(self) -> float:
        """The mean of the values that are there; 0 without any."""
        return self.total / self.rows if self.rows else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, about 6 KB at 256 thresholds."""
        return {
            "kind": "numeric",
            "rows": self.rows,
            "missing": self.missing,
            "mean": round(self.mean, 6),
            "thresholds": self.thresholds.tolist(),
            "below": self.below.tolist(),
            "at_or_below": self.at_or_below.tolist(),
        }

    @classmethod
    def read(cls, document: Document) -> NumericCounts:
        """Reads what `to_dict` wrote; the three lists must fit together."""
        counts = cls(np.asarray(document.value("thresholds"), dtype=np.float64))
        counts.below = np.asarray(document.value("below"), dtype=np.int64)
        counts.at_or_below = np.asarray(document.value("at_or_below"), dtype=np.int64)
        counts.rows, counts.missing = document.whole("rows"), document.whole("missing")
        counts.total = float(document.number("mean")) * counts.rows
        if not len(counts.thresholds) == len(counts.below) == len(counts.at_or_below):
            raise document.refuse("below", "thresholds, below and at_or_below must have the same length")
        return counts


@dataclass
class LevelCounts:
    """How often each level of a category occurs."""

    counts: Counter[str] = field(default_factory=Counter)
    missing: int = 0

    @property
    def rows(self) -> int:
        """Values that are there."""
        return self.counts.total()

    def add(self, levels: pa.Array) -> None:
        """Counts one batch of strings."""
        self.missing += levels.null_count
        found = pc.value_counts(levels.drop_null())
        self.counts.update(dict(zip(*(found.field(i).to_pylist() for i in (0, 1)), strict=True)))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, levels in alphabetical order."""
        return {
            "kind": "categorical",
            "rows": self.rows,
            "missing": self.missing,
            "counts": dict(sorted(self.counts.items())),
        }

    @classmethod
    def read(cls, document: Document) -> LevelCounts:
        """Reads what `to_dict` wrote."""
        levels = document.value("counts")
        counts = document.nested("counts", lambda part: {level: part.whole(level) for level in levels})
        if document.whole("rows") != sum(counts.values()):
            raise document.refuse("rows", "it must be the sum of the counts")
        return cls(Counter(counts), document.whole("missing"))
