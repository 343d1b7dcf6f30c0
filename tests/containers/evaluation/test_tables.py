"""Metrics from counts equal those from rows: scikit-learn is the oracle."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(9)
    scores = rng.beta(2, 5, size=6_000)
    labels = (rng.random(6_000) < scores).astype(np.int64)
    return labels, scores, rng.integers(0, 5, size=6_000)


def test_accuracy_and_f1_of_every_group_equal_scikit_learn(rows):
    from evaluator.tables import confusion, threshold_metrics
    from sklearn import metrics

    labels, scores, groups = rows
    predictions = (scores > 0.4).astype(np.int64)
    measured = threshold_metrics(confusion(groups, 5, labels, predictions))
    for group in range(5):
        inside = groups == group
        assert measured["accuracy"][group] == metrics.accuracy_score(labels[inside], predictions[inside])
        assert measured["f1"][group] == pytest.approx(metrics.f1_score(labels[inside], predictions[inside]))


def test_auc_of_every_group_lies_within_its_own_bound(rows):
    from evaluator.tables import auc, score_table
    from sklearn import metrics

    labels, scores, groups = rows
    areas, errors = auc(score_table(groups, 5, scores, labels))
    for group in range(5):
        inside = groups == group
        exact = metrics.roc_auc_score(labels[inside], scores[inside])
        assert abs(areas[group] - exact) <= errors[group] <= 1e-3


def test_average_precision_is_that_of_scikit_learn_to_three_digits(rows):
    from evaluator.tables import average_precision, score_table
    from sklearn import metrics

    labels, scores, groups = rows
    table = score_table(groups * 0, 1, scores, labels)[0]
    assert average_precision(table) == pytest.approx(
        metrics.average_precision_score(labels, scores), abs=1e-3
    )


def test_a_slice_with_one_class_only_has_no_auc():
    from evaluator.tables import auc, score_table

    zeros = np.zeros(4, dtype=np.int64)
    area, _ = auc(score_table(zeros, 1, np.array([0.1, 0.2, 0.3, 0.4]), zeros))
    assert np.isnan(area[0])


def test_tables_of_shards_add_up_to_the_table_of_all_rows(rows):
    from evaluator.tables import score_table

    labels, scores, groups = rows
    shards = [
        score_table(groups[part], 5, scores[part], labels[part])
        for part in (slice(2_000), slice(2_000, None))
    ]
    assert np.array_equal(sum(shards), score_table(groups, 5, scores, labels))
