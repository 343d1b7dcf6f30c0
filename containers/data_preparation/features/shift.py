"""Decides which features moved away from the baseline: far enough to matter and too far to be chance. A
distance that is only known as an interval counts with its upper end, and the report says that it was not
certain."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from contracts.failures import ConfigurationRejected
from features.distribution import LevelCounts, NumericCounts
from features.significance import chi_square_p, holm, kolmogorov_p

Counts = NumericCounts | LevelCounts
LEAST_EXPECTED = 5.0  # the usual condition for the chi-square approximation; rarer levels are pooled
MOVED_LEVELS = 3


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What counts as a shift: chance of a false alarm over all features, and the least distances that
    matter."""

    significance: float = 0.01
    ks_floor: float = 0.1
    psi_floor: float = 0.2

    @classmethod
    def from_environment(cls) -> Limits:
        """SHIFT_SIGNIFICANCE, SHIFT_KS_FLOOR and SHIFT_PSI_FLOOR, where they are set."""
        return cls(
            significance=_limit("SHIFT_SIGNIFICANCE", 0.01, 1),
            ks_floor=_limit("SHIFT_KS_FLOOR", 0.1, 1),
            psi_floor=_limit("SHIFT_PSI_FLOOR", 0.2, 100),
        )


def _limit(name: str, default: float, high: float) -> float:
    text = os.environ.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= high:
        raise ConfigurationRejected.about(name, text, f"it must be a number above 0 and at most {high:g}")
    return value


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One feature against the baseline; `interval` holds the exact distance, `statistic` is its lower end."""

    feature: str
    measure: str
    statistic: float
    interval: tuple[float, float]
    p: float
    p_adjusted: float = 1.0
    is_shifted: bool = False
    is_certain: bool = True
    moved: tuple[str, ...]


def compare(baseline: Mapping[str, Counts], current: Mapping[str, Counts], limits: Limits) -> dict[str, Any]:
    """The shift report over the features that both sides have; `not_compared` names the others."""
    shared = [name for name, counts in current.items() if type(counts) is type(baseline.get(name))]
    found = [_comparison(name, baseline[name], current[name]) for name in shared]
    adjusted = holm([comparison.p for comparison in found])
    judged = [_judged(one, p, limits) for one, p in zip(found, adjusted, strict=True)]
    return {
        "is_first_run": False,
        "limits": asdict(limits),
        "features": [asdict(comparison) for comparison in judged],
        "shifted": [comparison.feature for comparison in judged if comparison.is_shifted],
        "not_compared": sorted(set(baseline).union(current) - set(shared)),
    }


def first_run(limits: Limits) -> dict[str, Any]:
    """The report of a run that had nothing to compare with."""
    return {
        "is_first_run": True,
        "limits": asdict(limits),
        "features": [],
        "shifted": [],
        "not_compared": [],
    }


def _judged(comparison: Comparison, p_adjusted: float, limits: Limits) -> Comparison:
    floor = limits.ks_floor if comparison.measure == "ks" else limits.psi_floor
    low, high = comparison.interval
    is_significant = p_adjusted < limits.significance
    return replace(
        comparison,
        p_adjusted=p_adjusted,
        is_shifted=is_significant and high >= floor,
        is_certain=not (is_significant and low < floor <= high),
    )


def _comparison(name: str, baseline: Counts, current: Counts) -> Comparison:
    if isinstance(baseline, NumericCounts) and isinstance(current, NumericCounts):
        return _numeric(name, baseline, current)
    if isinstance(baseline, LevelCounts) and isinstance(current, LevelCounts):
        return _categorical(name, baseline, current)
    raise TypeError(f"{name}: {type(baseline).__name__} can't be compared with {type(current).__name__}")


def distance_interval(baseline: NumericCounts, current: NumericCounts) -> tuple[float, float]:
    """An interval that holds the exact Kolmogorov-Smirnov distance: the largest difference at the
    thresholds, and what it can grow to between two of them, where both distributions only rise from one
    known value to another."""
    if not (baseline.rows and current.rows and len(baseline.thresholds)):
        return 0.0, 0.0
    below_b, at_b = baseline.below / baseline.rows, baseline.at_or_below / baseline.rows
    below_c, at_c = current.below / current.rows, current.at_or_below / current.rows
    low = max(np.abs(below_b - below_c).max(), np.abs(at_b - at_c).max())
    start_b, end_b = np.append(0.0, at_b), np.append(below_b, 1.0)
    start_c, end_c = np.append(0.0, at_c), np.append(below_c, 1.0)
    between = max((end_b - start_c).max(), (end_c - start_b).max())
    return float(low), float(max(low, between))


def _numeric(name: str, baseline: NumericCounts, current: NumericCounts) -> Comparison:
    low, high = distance_interval(baseline, current)
    return Comparison(
        feature=name,
        measure="ks",
        statistic=low,
        interval=(low, high),
        p=kolmogorov_p(low, baseline.rows, current.rows),
        moved=(f"mean {baseline.mean:.4g} → {current.mean:.4g}",),
    )


def _categorical(name: str, baseline: LevelCounts, current: LevelCounts) -> Comparison:
    levels = sorted({*baseline.counts, *current.counts})
    before = np.array([baseline.counts[level] for level in levels], dtype=np.float64)
    after = np.array([current.counts[level] for level in levels], dtype=np.float64)
    index = population_stability(before, after)
    return Comparison(
        feature=name,
        measure="psi",
        statistic=index,
        interval=(index, index),
        p=homogeneity_p(before, after),
        moved=_moved_most(levels, before, after),
    )


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


def _moved_most(levels: list[str], before: Any, after: Any) -> tuple[str, ...]:
    shares = before / max(1.0, before.sum()), after / max(1.0, after.sum())
    order = np.argsort(-np.abs(shares[1] - shares[0]), kind="stable")[:MOVED_LEVELS]
    return tuple(f"{levels[i]} {shares[0][i]:.1%} → {shares[1][i]:.1%}" for i in order)
