"""Points for the report's plots: ROC, precision over recall, calibration."""

from __future__ import annotations

from typing import Any

import numpy as np

from evaluator.tables import Counts

POINTS = 100
CALIBRATION_BINS = 10


def curves(table: Counts) -> dict[str, Any]:
    """The three curves of one (bin, label) table, at most 101 points each."""
    positives, negatives = np.flip(table[:, 1]).cumsum(), np.flip(table[:, 0]).cumsum()
    alarms = np.maximum(positives + negatives, 1)
    recall, false_rate = positives / positives[-1], negatives / negatives[-1]
    chosen = np.unique(np.searchsorted(alarms, np.linspace(1, alarms[-1], POINTS)))
    return {
        "roc": [[0.0, 0.0], *_points(false_rate[chosen], recall[chosen])],
        "precision_recall": _points(recall[chosen], (positives / alarms)[chosen]),
        "calibration": _calibration(table),
    }


def _points(x: Any, y: Any) -> list[list[float]]:
    return [[round(float(a), 5), round(float(b), 5)] for a, b in zip(x, y, strict=True)]


def _calibration(table: Counts) -> list[dict[str, float]]:
    """Groups of about equal size by score: mean predicted (to the width of a bin), share observed, rows."""
    rows = table.sum(axis=1)
    cumulated = np.maximum(rows.cumsum() - 1, 0)
    middles = (np.arange(len(rows)) + 0.5) / len(rows)
    group = np.minimum(cumulated * CALIBRATION_BINS // max(1, rows.sum()), CALIBRATION_BINS - 1)
    sums = [np.bincount(group, part, CALIBRATION_BINS) for part in (rows, rows * middles, table[:, 1])]
    return [
        {"predicted": round(total / n, 5), "observed": round(found / n, 5), "rows": int(n)}
        for n, total, found in zip(*sums, strict=True)
        if n
    ]
