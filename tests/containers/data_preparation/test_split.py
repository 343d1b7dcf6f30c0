"""The cut in time: shares kept as far as moments allow, nothing of one moment in two splits."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.dataset import Split
from contracts.failures import DataMissing

SPLIT = Split(by="event_time", validation_share=0.2, test_share=0.2)


def counts_of(*batches):
    from features.split import MomentCounts

    counts = MomentCounts()
    for batch in batches:
        counts.add(np.array(batch))
    return counts


def test_the_cut_gives_each_split_its_share_of_rows():
    minutes = np.arange(100)
    splits = counts_of(minutes).cut(SPLIT).assign(minutes)
    assert np.bincount(splits).tolist() == [60, 20, 20]


def test_the_cut_does_not_depend_on_the_order_of_batches():
    minutes = np.random.default_rng(5).integers(0, 50, size=400)
    assert counts_of(minutes).cut(SPLIT) == counts_of(minutes[200:], minutes[:200]).cut(SPLIT)


def test_rows_of_one_moment_are_never_in_two_splits():
    minutes = np.repeat(np.arange(10), [1, 1, 1, 1, 1, 30, 30, 30, 1, 30])
    splits = counts_of(minutes).cut(SPLIT).assign(minutes)
    assert all(len(set(splits[minutes == minute])) == 1 for minute in range(10))


def test_too_few_moments_to_split_are_refused():
    with pytest.raises(DataMissing, match="Widen the window"):
        counts_of([1, 1, 1, 2]).cut(SPLIT)
