"""The one-feature rule: the share of positives in each bin of the feature that tells the most."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.encoding import Encoding

NAN = float("nan")


@pytest.fixture
def rule():
    from features.rule import OneFeatureRule, bin_edges

    def counted(*rows):
        encoding = Encoding.from_dict(
            {
                "dataset": "d",
                "contract_version": 1,
                "target": "t",
                "input_columns": [{"name": "x", "type": "number"}, {"name": "k", "type": "categorical"}],
                "features": [
                    {"name": "x", "column": "x", "transform": "number"},
                    {"name": "k", "column": "k", "transform": "category", "levels": ["a", "b"]},
                ],
            }
        )
        table = np.array(rows, dtype=np.float32)
        found = OneFeatureRule(encoding, bin_edges(encoding, table[:, :2]))
        found.add(table[:, :2], table[:, 2].astype(np.int8))
        return found

    return counted


def test_the_feature_that_tells_the_most_is_chosen_and_its_shares_answer(rule):
    found = rule(*[[1, 0, 0], [1, 1, 1]] * 20)
    assert found.feature == "k"
    assert found.score(np.array([[1, 0], [1, 1]], np.float32)) == pytest.approx([1 / 22, 21 / 22])


def test_missing_values_are_a_bin_of_their_own(rule):
    found = rule(*[[9, 0, 0]] * 20, *[[NAN, 0, 1]] * 20)
    assert found.feature == "x"
    assert found.score(np.array([[9, 0], [NAN, 0]], np.float32)) == pytest.approx([1 / 22, 21 / 22])


def test_a_level_that_was_never_seen_is_as_likely_as_not(rule):
    found = rule(*[[1, 0, 0], [1, 1, 1]] * 20)
    assert found.score(np.array([[1, 2]], np.float32)) == pytest.approx([0.5])
