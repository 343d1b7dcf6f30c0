"""The statistical gate over a run: compares its counts with the baseline, and counts again, more finely, what
the baseline's thresholds leave undecided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from features.distribution import Counts, NumericCounts
from features.fine_counts import finer
from features.shift import Limits, compare, first_run
from features.statistics_document import Thresholds

Recount = Callable[[Thresholds], Mapping[str, Counts]]


def judge(
    baseline: Mapping[str, Counts] | None,
    fine: Mapping[str, NumericCounts],
    current: Mapping[str, Counts],
    limits: Limits,
    recount: Recount,
) -> tuple[dict[str, Any], Mapping[str, Counts], Mapping[str, Counts]]:
    """The shift report, and the counts of both sides that it rests on.

    `fine` holds finer counts of the baseline where there are any; `recount` counts the run's rows again.
    """
    if baseline is None:
        return first_run(limits), {}, {}
    report = compare(baseline, current, limits)
    refined = _refined(baseline, fine, current, report["undecided"])
    if not refined:
        return report | {"recounted": []}, baseline, current
    again = recount({name: counts.thresholds for name, counts in refined.items()})
    before = {**baseline, **refined}
    after = {**current, **{name: again[name] for name in refined}}
    return compare(before, after, limits) | {"recounted": sorted(refined)}, before, after


def _refined(
    baseline: Mapping[str, Counts],
    fine: Mapping[str, NumericCounts],
    current: Mapping[str, Counts],
    undecided: list[str],
) -> dict[str, NumericCounts]:
    refined = {}
    for name in undecided:
        before, after = baseline[name], current[name]
        if name in fine and isinstance(before, NumericCounts) and isinstance(after, NumericCounts):
            refined[name] = finer(before, after, fine[name])
    return refined
