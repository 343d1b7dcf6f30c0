"""Decides which features moved away from the baseline: far enough to matter and too far to be chance. Where
the interval of a distance leaves that open, the feature is named for a finer count; what even that leaves
open counts as shifted, and the report says that it was not certain."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from contracts.failures import ConfigurationRejected
from features.distance import differences, distance_interval, homogeneity_p, population_stability
from features.distribution import Counts, LevelCounts, NumericCounts
from features.significance import holm, kolmogorov_p

MOVED_LEVELS = 3
LEAST_TOLD = 0.01  # less of a change of missing values is left out of what people read first
OTHERS = "other levels"
MUCH_MORE = 2  # times as frequent as the rarest level that the baseline names
ASSUMPTION = (
    "p assumes rows that do not depend on each other; where neighbours are alike it is too small, and the "
    "least distance alone decides"
)


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
    """One feature against the baseline; `interval` holds the exact distance, `statistic` is its lower end.

    `p` belongs to the lower end: a test of its own, which alarms at most as often as the exact one. Missing
    values lie outside of it: `missing` holds their share before and after, and `p_missing` is that of a
    chi-square test where there are any.
    """

    feature: str
    measure: str
    statistic: float
    interval: tuple[float, float]
    p: float
    p_adjusted: float = 1.0
    missing: tuple[float, float] = (0.0, 0.0)
    p_missing: float | None = None
    p_missing_adjusted: float | None = None
    is_shifted: bool = False
    is_certain: bool = True
    moved: tuple[str, ...]


def compare(baseline: Mapping[str, Counts], current: Mapping[str, Counts], limits: Limits) -> dict[str, Any]:
    """The shift report over the features that both sides have; `not_compared` names the others and
    `undecided` those whose interval holds a limit."""
    shared = [name for name, counts in current.items() if type(counts) is type(baseline.get(name))]
    found = _adjusted([_comparison(name, baseline[name], current[name]) for name in shared])
    judged = [_judged(comparison, limits) for comparison in found]
    return {
        "is_first_run": False,
        "limits": asdict(limits),
        "features": [asdict(comparison) for comparison in judged],
        "shifted": [comparison.feature for comparison in judged if comparison.is_shifted],
        "undecided": [comparison.feature for comparison in judged if not comparison.is_certain],
        "not_compared": sorted(set(baseline).union(current) - set(shared)),
        "assumption": ASSUMPTION,
    }


def first_run(limits: Limits) -> dict[str, Any]:
    """The report of a run that had nothing to compare with."""
    return compare({}, {}, limits) | {"is_first_run": True}


def _adjusted(found: Sequence[Comparison]) -> list[Comparison]:
    """Holm's correction over all tests: one of every feature's values, and one where values are missing."""
    holed = [one for one in found if one.p_missing is not None]
    adjusted = iter(holm([*(one.p for one in found), *(one.p_missing or 0.0 for one in holed)]))
    values = [replace(one, p_adjusted=next(adjusted)) for one in found]
    return [
        one if one.p_missing is None else replace(one, p_missing_adjusted=next(adjusted)) for one in values
    ]


def _judged(comparison: Comparison, limits: Limits) -> Comparison:
    floor = limits.ks_floor if comparison.measure == "ks" else limits.psi_floor
    low, high = comparison.interval
    is_significant = comparison.p_adjusted < limits.significance
    # The share of missing values is a distribution too, and its distance the difference.
    p_missing, (before, after) = comparison.p_missing_adjusted, comparison.missing
    is_holed = p_missing is not None and p_missing < limits.significance
    has_more_or_fewer = is_holed and abs(after - before) >= limits.ks_floor
    return replace(
        comparison,
        is_shifted=has_more_or_fewer or (is_significant and high >= floor),
        is_certain=has_more_or_fewer or not (is_significant and low < floor <= high),
    )


def _comparison(name: str, baseline: Counts, current: Counts) -> Comparison:
    values = _of_values(name, baseline, current)
    sides = [np.array([side.missing, side.rows], dtype=float) for side in (baseline, current)]
    before, after = (float(side[0] / max(1.0, side.sum())) for side in sides)
    if not before and not after:
        return values
    told = f"missing {before:.1%} → {after:.1%}"
    has_moved = abs(after - before) >= LEAST_TOLD
    return replace(
        values,
        missing=(before, after),
        p_missing=homogeneity_p(*sides),
        moved=(told, *values.moved) if has_moved else values.moved,
    )


def _of_values(name: str, baseline: Counts, current: Counts) -> Comparison:
    if isinstance(baseline, NumericCounts) and isinstance(current, NumericCounts):
        return _numeric(name, baseline, current)
    if isinstance(baseline, LevelCounts) and isinstance(current, LevelCounts):
        return _categorical(name, baseline, current)
    raise TypeError(f"{name}: {type(baseline).__name__} can't be compared with {type(current).__name__}")


def _numeric(name: str, baseline: NumericCounts, current: NumericCounts) -> Comparison:
    low, high = distance_interval(baseline, current)
    return Comparison(
        feature=name,
        measure="ks",
        statistic=low,
        interval=(low, high),
        p=kolmogorov_p(low, baseline.rows, current.rows),
        moved=_moved(baseline, current) if low else (),
    )


def _moved(baseline: NumericCounts, current: NumericCounts) -> tuple[str, str]:
    """The medians, and the threshold where the distributions lie farthest apart, with both shares."""
    gaps = differences(baseline, current)
    is_below = int(np.abs(gaps[0]).max() > np.abs(gaps[1]).max())
    place = int(np.abs(gaps[1 - is_below]).argmax())
    before, after = (
        (side.below if is_below else side.at_or_below)[place] / side.rows for side in (baseline, current)
    )
    return (
        f"median {baseline.quantile(0.5):.4g} → {current.quantile(0.5):.4g}",
        f"{'below' if is_below else 'up to'} {baseline.thresholds[place]:.4g}: {before:.1%} → {after:.1%}",
    )


def _categorical(name: str, baseline: LevelCounts, current: LevelCounts) -> Comparison:
    levels, before, after = _by_level(baseline, current)
    index = population_stability(before, after)
    return Comparison(
        feature=name,
        measure="psi",
        statistic=index,
        interval=(index, index),
        p=homogeneity_p(before, after),
        moved=_moved_most(levels, before, after) if index else (),
    )


def _by_level(baseline: LevelCounts, current: LevelCounts) -> tuple[list[str], Any, Any]:
    """Both counts by level. A baseline that pooled its rare levels can't tell them from new ones, so what
    it does not name is pooled on the current side too: but for levels that are now far more frequent than
    the rarest it names, which it can have had no more of than of that one."""
    if not baseline.others:
        levels = sorted({*baseline.counts, *current.counts})
        sides = [np.array([side.counts[one] for one in levels], float) for side in (baseline, current)]
        return levels, sides[0], sides[1]
    named, most = sorted(baseline.counts), min(baseline.counts.values(), default=0)
    frequent = current.rows * MUCH_MORE * most / baseline.rows
    risen = sorted(one for one, n in current.counts.items() if n > frequent and one not in baseline.counts)
    bound = min(most, baseline.others / max(1, len(risen)))
    before = [*(baseline.counts[level] for level in named), *[bound] * len(risen)]
    after = [current.counts[level] for level in (*named, *risen)]
    pooled = baseline.rows - sum(before), current.rows - sum(after)
    names = [*named, *(f"{level}, at most" for level in risen), OTHERS]
    return names, np.array([*before, pooled[0]], float), np.array([*after, pooled[1]], float)


def _moved_most(levels: list[str], before: Any, after: Any) -> tuple[str, ...]:
    shares = before / max(1.0, before.sum()), after / max(1.0, after.sum())
    order = np.argsort(-np.abs(shares[1] - shares[0]), kind="stable")[:MOVED_LEVELS]
    return tuple(f"{levels[i]} {shares[0][i]:.1%} → {shares[1][i]:.1%}" for i in order)
