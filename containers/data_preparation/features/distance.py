"""How far two distributions lie apart: an interval that certainly holds the exact Kolmogorov-Smirnov
distance, the places worth counting more finely, and the stability index and chi-square test of categories."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.distribution import NumericCounts
from features.significance import chi_square_p

Floats = npt.NDArray[np.float64]
LEAST_EXPECTED = 5.0  # the usual condition for the chi-square approximation; rarer levels are pooled


def distance_interval(baseline: NumericCounts, current: NumericCounts) -> tuple[float, float]:
    """The largest difference at the thresholds, and what it can grow to between two of them.

    Both sides must be counted at the same thresholds. Without rows on one side it is (0, 0).
    """
    if not (baseline.rows and current.rows and len(baseline.thresholds)):
        return 0.0, 0.0
    low = float(np.abs(np.concatenate(differences(baseline, current))).max())
    return low, float(max(low, _bounds_between(baseline, current).max()))


def differences(baseline: NumericCounts, current: NumericCounts) -> tuple[Floats, Floats]:
    """Current minus baseline: the shares of values below, and at or below, each threshold."""
    return (
        current.below / current.rows - baseline.below / baseline.rows,
        current.at_or_below / current.rows - baseline.at_or_below / baseline.rows,
    )


def undecided_thresholds(baseline: NumericCounts, current: NumericCounts, fine: NumericCounts) -> Floats:
    """The thresholds, and those of a finer count of the baseline wherever the distance may still grow."""
    low, _ = distance_interval(baseline, current)
    is_open = _bounds_between(baseline, current) > low
    cells = baseline.thresholds.searchsorted(fine.thresholds)  # cell i ends at threshold i
    return np.union1d(baseline.thresholds, fine.thresholds[is_open[cells]])


def _bounds_between(baseline: NumericCounts, current: NumericCounts) -> Floats:
    """The most that the distributions can differ between two thresholds, where both only rise from one
    known value to another; one more than there are thresholds."""
    start_b, end_b = _ends(baseline)
    start_c, end_c = _ends(current)
    return np.maximum(end_b - start_c, end_c - start_b)


def _ends(counts: NumericCounts) -> tuple[Floats, Floats]:
    starts = np.append(0, counts.at_or_below) / counts.rows
    return starts, np.append(counts.below, counts.rows) / counts.rows


def population_stability(before: Any, after: Any) -> float:
    """PSI over level counts; half a row is added to every level so that an empty one stays finite."""
    p = (before + 0.5) / (before + 0.5).sum() if len(before) else before
    q = (after + 0.5) / (after + 0.5).sum() if len(after) else after
    return float(((q - p) * np.log(q / p)).sum())


def homogeneity_p(before: Any, after: Any) -> float:
    """Chi-square test that both count vectors come from one distribution; rare levels are pooled into one."""
    if not before.sum() or not after.sum():
        return 1.0
    total, rows = before + after, before.sum() + after.sum()
    is_rare = total * min(before.sum(), after.sum()) / rows < LEAST_EXPECTED
    table = np.array([[*side[~is_rare], side[is_rare].sum()] for side in (before, after)])
    table = table[:, table.sum(axis=0) > 0]
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / rows
    return chi_square_p(float(((table - expected) ** 2 / expected).sum()), table.shape[1] - 1)
