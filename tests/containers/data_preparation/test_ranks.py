"""Ranks of thresholds are those that comparing every number gives, whatever the numbers and thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

LARGEST = float(np.finfo(np.float32).max)
EDGES = [0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1e-45, -1e-45, LARGEST, -LARGEST, 1e300, -1e300, 0.1]
NUMBERS = st.one_of(st.sampled_from(EDGES), st.floats(), st.floats(-2, 2, width=16))


def ranks(thresholds, numbers):
    from features.ranks import Ruler

    return Ruler(np.array(thresholds, dtype=np.float64)).ranks(np.array(numbers))


def compared(thresholds, numbers):
    """The same by comparing each number with each threshold."""
    with np.errstate(over="ignore"):
        singles = np.array(numbers).astype(np.float32).astype(np.float64)
    marks = np.array(thresholds, dtype=np.float64)[:, None]
    return (singles < marks).sum(axis=1), (singles <= marks).sum(axis=1), np.isnan(singles).sum()


@given(st.lists(NUMBERS.filter(np.isfinite), max_size=12), st.lists(NUMBERS, min_size=1, max_size=80))
def test_ranks_are_those_of_comparing_each_number_with_each_threshold(thresholds, numbers):
    rising = np.unique(thresholds)
    found, (below, at_or_below, missing) = ranks(rising, numbers), compared(rising, numbers)
    assert found.below.tolist() == below.tolist()
    assert found.at_or_below.tolist() == at_or_below.tolist()
    assert (found.present, found.missing) == (len(numbers) - missing, missing)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_both_signs_of_zero_and_of_nan_count_as_one(kind):
    found = ranks([-1.0, 0.0, 1.0], np.array([-0.0, 0.0, np.nan, -np.nan, 0.5, -0.5], kind))
    assert (found.below.tolist(), found.at_or_below.tolist()) == ([0, 1, 4], [0, 3, 4])
    assert (found.present, found.missing) == (4, 2)


def test_the_numbers_counted_are_not_changed():
    numbers = np.random.default_rng(6).normal(size=1_000).astype(np.float32)
    kept = numbers.copy()
    ranks([0.0], numbers)
    assert np.array_equal(numbers, kept)
