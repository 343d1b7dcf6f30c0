"""The one-feature rule: the share of positives in each bin of the feature that tells the most."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.encoding import Encoding, FittedFeature, InputColumn

NAN = float("nan")


@pytest.fixture
def rule():
    from features.rule import OneFeatureRule, bin_edges

    def counted(*rows, levels=("a", "b")):
        encoding = Encoding.from_dict(
            {
                "dataset": "d",
                "contract_version": 1,
                "target": "t",
                "input_columns": [{"name": "x", "type": "number"}, {"name": "k", "type": "categorical"}],
                "features": [
                    {"name": "x", "column": "x", "transform": "number"},
                    {"name": "k", "column": "k", "transform": "category", "levels": list(levels)},
                ],
            }
        )
        x, k, labels = np.array(rows, dtype=np.float32).T
        found = OneFeatureRule(encoding, bin_edges(encoding, [x, k]))
        found.add([x, k], labels.astype(np.int8))
        return found

    return counted


def answers(rule, *columns):
    return rule.score([np.array(column, np.float32) for column in columns])


def test_the_feature_that_tells_the_most_is_chosen_and_its_shares_answer(rule):
    found = rule(*[[1, 0, 0], [1, 1, 1]] * 20)
    assert found.feature == "k"
    assert answers(found, [1, 1], [0, 1]) == pytest.approx([1 / 22, 21 / 22])


def test_missing_values_are_a_bin_of_their_own(rule):
    found = rule(*[[9, 0, 0]] * 20, *[[NAN, 0, 1]] * 20)
    assert found.feature == "x"
    assert answers(found, [9, NAN], [0, 0]) == pytest.approx([1 / 22, 21 / 22])


def test_a_level_that_was_never_seen_is_as_likely_as_not(rule):
    found = rule(*[[1, 0, 0], [1, 1, 1]] * 20)
    assert answers(found, [1], [2]) == pytest.approx([0.5])


def test_as_many_levels_as_a_category_keeps_are_counted(rule):
    found = rule(*[[1, 0, 0], [1, 254, 1]] * 20, levels=[f"l{number}" for number in range(255)])
    assert answers(found, [1, 1], [0, 254]) == pytest.approx([1 / 22, 21 / 22])


@pytest.mark.parametrize("is_compared", [True, False], ids=["edge by edge", "searched"])
def test_a_value_at_an_edge_belongs_to_the_bin_that_begins_there(is_compared):
    from features.rule import COMPARED_EDGES, OneFeatureRule

    feature = FittedFeature(name="x", column="x", transform="number")
    columns = (InputColumn(name="x", type="number"),)
    coded = Encoding(dataset="d", contract_version=1, target="t", input_columns=columns, features=(feature,))
    edges = [1, *([] if is_compared else range(10, 10 + COMPARED_EDGES))]
    found = OneFeatureRule(coded, [np.array(edges, np.float32)])
    found.add(np.array([[0, 1, 2]], np.float32), np.array([0, 1, 1], np.int8))
    assert answers(found, [0, 1, 2]) == pytest.approx([1 / 3, 3 / 4, 3 / 4])
