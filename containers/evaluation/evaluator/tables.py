"""Counts that every metric comes from: (group, label, prediction) and (group, score bin, label). They add
over shards and cost one bincount each, however many groups there are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

SCORE_BINS = 4096
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def confusion(groups: Counts, group_count: int, labels: Counts, predictions: Counts) -> Counts:
    """Rows by (group, label, prediction): shape (groups, 2, 2)."""
    packed = groups * 4 + labels * 2 + predictions
    return np.bincount(packed, minlength=group_count * 4).reshape(group_count, 2, 2)


def score_table(groups: Counts, group_count: int, scores: Floats, labels: Counts) -> Counts:
    """Rows by (group, score bin, label): shape (groups, 4096, 2); bin 0 has the lowest scores."""
    bins = np.minimum((scores * SCORE_BINS).astype(np.int64), SCORE_BINS - 1)
    packed = (groups * SCORE_BINS + bins) * 2 + labels
    return np.bincount(packed, minlength=group_count * SCORE_BINS * 2).reshape(group_count, SCORE_BINS, 2)


def threshold_metrics(table: Counts) -> Mapping[str, Floats]:
    """Accuracy and F1 for every leading index of a (..., label, prediction) table; F1 without positives is
    0."""
    hits, false_alarms, misses = table[..., 1, 1], table[..., 0, 1], table[..., 1, 0]
    rows = table.sum(axis=(-2, -1))
    accuracy = (hits + table[..., 0, 0]) / np.maximum(rows, 1)
    return {"accuracy": accuracy, "f1": 2 * hits / np.maximum(2 * hits + false_alarms + misses, 1)}


def auc(table: Counts | Floats) -> tuple[Floats, Floats]:
    """Area under the ROC curve for every leading index of a (..., bin, label) table, and how far it may be
    off.

    Rows of one bin count as ties, so the error is at most half of the pairs tied; NaN where a class is
    missing.
    """
    negatives, positives = table[..., 0].astype(np.float64), table[..., 1].astype(np.float64)
    below = np.cumsum(negatives, axis=-1) - negatives
    pairs = positives.sum(axis=-1) * negatives.sum(axis=-1)
    tied = (positives * negatives).sum(axis=-1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return ((positives * below).sum(axis=-1) + tied) / pairs, tied / pairs


def average_precision(table: Counts | Floats) -> Floats:
    """Average precision for every leading index of a (..., bin, label) table, bins as steps of the curve."""
    positives = np.flip(table[..., 1], axis=-1).astype(np.float64)
    rows = np.cumsum(np.flip(table.sum(axis=-1), axis=-1), axis=-1)
    precision = np.cumsum(positives, axis=-1) / np.maximum(rows, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((precision * positives).sum(axis=-1) / positives.sum(axis=-1))
