"""Cross-validation: which rows of the training channel one fold trains on and which it holds out, so that
nothing of the held-out rows, their labels included, is seen in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.encoding import Encoding
from contracts.failures import DataMissing
from contracts.transforms import PRIOR_ROWS
from trainer.hyperparameters import Hyperparameters

Mask = npt.NDArray[np.bool_]
Matrix = npt.NDArray[np.float32]
# Knuth's multiplier (2**64 over the golden ratio): it spreads what neighbouring values differ in.
SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Fold:
    """Fold `number` (from 0) of `count`.

    By "time" the rows are cut into blocks of equal size, no moment lying in two: each fold holds out a later
    block and trains on what lies before it, on all of that ("expanding") or on as many blocks as there are
    folds ("rolling"). By "hash" each fold holds out the rows whose features hash to it: equal rows stay
    together.
    """

    number: int
    count: int
    by: str
    window: str

    def masks(self, features: Matrix, minutes: npt.NDArray[np.int64]) -> tuple[Mask, Mask]:
        """Which rows it trains on and which it holds out; raises DataMissing where a part would be empty."""
        if self.by == "time":
            is_trained, is_held_out = self._by_time(minutes)
        else:
            is_held_out = hashes(features) % np.uint64(self.count) == self.number
            is_trained = ~is_held_out
        if not is_trained.any() or not is_held_out.any():
            rule = f"fold {self.number} of {self.count} has no rows"
            raise DataMissing.about("channel train, rows", len(features), rule, "Take fewer folds")
        return is_trained, is_held_out

    def _by_time(self, minutes: npt.NDArray[np.int64]) -> tuple[Mask, Mask]:
        width = self.count if self.window == "rolling" else 1
        edges = self._edges(minutes, self.count + width)
        held_out = self.number + width
        first = edges[self.number] if self.window == "rolling" else edges[0]
        is_trained = (minutes >= first) & (minutes < edges[held_out])
        return is_trained, (minutes >= edges[held_out]) & (minutes < edges[held_out + 1])

    def _edges(self, minutes: npt.NDArray[np.int64], blocks: int) -> npt.NDArray[np.int64]:
        """The first minute of each block, and one beyond the last."""
        ordered = np.sort(minutes)
        starts = ordered[[len(ordered) * block // blocks for block in range(blocks)]]
        edges = np.append(starts, ordered[-1] + 1)
        if len(np.unique(edges)) <= blocks:
            rule = f"they can't be cut into {blocks} blocks between moments"
            moments = len(np.unique(minutes))
            raise DataMissing.about("channel train, moments", moments, rule, "Take fewer folds, or hash")
        return edges


def fold_of(settings: Hyperparameters) -> Fold | None:
    """The fold that a job is for; None for one that trains on everything."""
    if not settings.folds:
        return None
    return Fold(settings.fold, settings.folds, settings.fold_by, settings.fold_window)


def hashes(features: Matrix) -> npt.NDArray[np.uint64]:
    """A number for each row that follows from its features alone, on any machine."""
    found = np.zeros(len(features), dtype=np.uint64)
    for column in features.T:
        bits = (column + np.float32(0)).view(np.uint32)  # +0 and -0 are equal, their bits are not
        found = (found ^ bits) * SPREAD
        found ^= found >> np.uint64(32)
    return found


def without_seen_labels(encoding: Encoding, features: Matrix, labels: Matrix, is_trained: Mask) -> Matrix:
    """The features with every target rate refitted on the training part: it was fitted on all rows, the
    held-out ones included. Levels that had the same rate count as one."""
    found = features.copy()
    prior = float(labels[is_trained].mean())
    for position, feature in enumerate(encoding.features):
        if feature.transform != "target_rate":
            continue
        values, level = np.unique(features[:, position], return_inverse=True)
        rows, positives = (
            np.bincount(level[is_trained], weights, len(values)) for weights in (None, labels[is_trained])
        )
        rates = (positives + PRIOR_ROWS * prior) / (rows + PRIOR_ROWS)
        # What stood for a level that is missing or was never seen.
        rates[values == np.float32(feature.prior)] = prior
        found[:, position] = rates[level]
    return found
