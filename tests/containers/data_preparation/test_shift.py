"""What counts as a shift where values go missing, and where a baseline pooled the level that moved."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest


def holed(present, missing):
    from features.distribution import NumericCounts

    counts = NumericCounts(np.arange(10.0))
    counts.add(np.arange(present, dtype=float) % 10)
    counts.add(np.full(missing, np.nan))
    return counts


@pytest.mark.parametrize(
    ("before", "after", "is_shifted"),
    [
        ((1_000, 0), (0, 1_000), True),
        ((0, 1_000), (1_000, 0), True),
        ((900, 100), (500, 500), True),
        ((900, 100), (850, 150), False),
        ((900, 100), (900, 100), False),
        ((1_000, 0), (0, 3), False),
    ],
)
def test_values_that_go_missing_are_a_shift_from_the_same_distance_on(before, after, is_shifted):
    from features.shift import Limits, compare

    report = compare({"f": holed(*before)}, {"f": holed(*after)}, Limits())
    assert report["shifted"] == (["f"] if is_shifted else []) and report["undecided"] == []
    if is_shifted:
        shares = [part[1] / sum(part) for part in (before, after)]
        assert report["features"][0]["moved"][0] == f"missing {shares[0]:.1%} → {shares[1]:.1%}"


def test_levels_that_go_missing_are_a_shift_too():
    from features.distribution import LevelCounts
    from features.shift import Limits, compare

    sides = [LevelCounts(Counter(a=half, b=half), missing) for half, missing in ((500, 0), (300, 400))]
    report = compare({"f": sides[0]}, {"f": sides[1]}, Limits())
    assert report["shifted"] == ["f"] and report["features"][0]["missing"] == (0.0, 0.4)


def test_missing_values_of_one_share_seldom_alarm_over_many_features():
    from features.shift import Limits, compare

    rng, alarms = np.random.default_rng(12), 0
    for _ in range(100):
        drawn = rng.binomial(2_000, 0.2, size=(2, 8))
        sides = [{str(i): holed(2_000 - n, n) for i, n in enumerate(side)} for side in drawn]
        alarms += bool(compare(*sides, Limits(significance=0.05, ks_floor=1e-6))["shifted"])
    assert alarms <= 11, "5 % of 100 and almost three standard deviations"


def pooling(counts):
    """The counts as a baseline keeps them: the rarest levels are one."""
    from features.distribution import LevelCounts

    from contracts.document import read_document

    def read(document):
        document.one_of("kind", ["categorical"])
        return LevelCounts.read(document)

    return read_document(LevelCounts(Counter(counts)).to_dict(), "baseline", ValueError, read)


@pytest.mark.parametrize(("level", "is_shifted"), [("new", True), ("399", True), ("3", True), (None, False)])
def test_a_level_that_the_baseline_does_not_name_is_seen_when_it_becomes_frequent(level, is_shifted):
    from features.distribution import LevelCounts
    from features.shift import Limits, compare

    counts = Counter({str(n): 50 if n < 200 else 40 for n in range(400)})
    baseline = pooling(counts)
    assert baseline.others and {"399", "new"}.isdisjoint(baseline.counts)
    current = LevelCounts(counts + Counter({level: 6_000} if level else {}))
    report = compare({"f": baseline}, {"f": current}, Limits())
    assert report["shifted"] == (["f"] if is_shifted else [])
    if level in ("new", "399"):
        assert report["features"][0]["moved"][0].startswith(f"{level}, at most 0.3% → 25")


def exactly(low_share, rows=1_000):
    """Counts of which this share is 0, and the rest 1: distances without an interval."""
    from features.distribution import NumericCounts

    counts = NumericCounts(np.arange(2.0))
    counts.add(np.arange(rows) >= round(low_share * rows))
    return counts


@pytest.mark.parametrize(("floor", "is_shifted"), [(0.25, True), (0.2501, False)])
def test_a_distance_of_just_the_floor_is_a_shift_and_certain(floor, is_shifted):
    from features.shift import Limits, compare

    report = compare({"f": exactly(0.5)}, {"f": exactly(0.25)}, Limits(ks_floor=floor))
    assert (report["features"][0]["interval"], report["undecided"]) == ((0.25, 0.25), [])
    assert report["shifted"] == (["f"] if is_shifted else [])


@pytest.mark.parametrize(("floor", "is_shifted"), [(0.25, True), (0.2501, False)])
def test_missing_values_of_just_the_floor_more_are_a_shift(floor, is_shifted):
    from features.shift import Limits, compare

    report = compare({"f": holed(1_000, 0)}, {"f": holed(750, 250)}, Limits(ks_floor=floor))
    assert report["shifted"] == (["f"] if is_shifted else [])


@pytest.mark.parametrize(("missing", "is_told"), [(64, True), (63, False)])
def test_one_percent_more_of_missing_values_is_told_and_less_is_not(missing, is_told):
    from features.shift import Limits, compare

    report = compare({"f": holed(6_400, 0)}, {"f": holed(6_400 - missing, missing)}, Limits())
    assert any("missing" in one for one in report["features"][0]["moved"]) is is_told


def test_what_chance_explains_at_just_the_set_rate_is_no_shift():
    from features.shift import Limits, compare

    sides = {"f": exactly(0.5, 60)}, {"f": exactly(0.25, 60)}
    chance = compare(*sides, Limits())["features"][0]["p_adjusted"]
    for rate, shifted in ((chance, []), (chance * 1.001, ["f"])):
        assert compare(*sides, Limits(significance=rate))["shifted"] == shifted


@pytest.mark.parametrize(("rows", "is_named"), [(41, True), (40, False)])
def test_a_new_level_is_named_where_it_is_more_than_twice_the_rarest_named_one(rows, is_named):
    from features.distribution import LevelCounts
    from features.shift import Limits, compare

    baseline = LevelCounts(Counter(a=100, b=20), others=30)
    current = LevelCounts(Counter(a=100, b=50 - rows, c=rows))
    (moved,) = (one["moved"] for one in compare({"f": baseline}, {"f": current}, Limits())["features"])
    assert any(one.startswith("c, at most") for one in moved) is is_named


def test_new_levels_share_what_the_baseline_pooled():
    from features.distribution import LevelCounts
    from features.shift import Limits, compare

    baseline = LevelCounts(Counter(a=90, b=10), others=6)
    report = compare({"f": baseline}, {"f": LevelCounts(Counter(a=40, b=4, c=30, d=30))}, Limits())
    assert report["features"][0]["moved"] == (
        "a 84.9% → 38.5%",
        "c, at most 2.8% → 28.8%",
        "d, at most 2.8% → 28.8%",
    )
