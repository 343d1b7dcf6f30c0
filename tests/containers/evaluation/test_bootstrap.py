"""Intervals from resampled counts: as wide as resampling rows makes them, and honest about no difference."""

from __future__ import annotations

import numpy as np
import pytest


def auc(labels, scores):
    from sklearn.metrics import roc_auc_score  # by the test process that runs this file only: it is large

    return roc_auc_score(labels, scores)


def two_models(noise, n=1_000):
    rng = np.random.default_rng(21)
    truth = rng.beta(2, 5, size=n)
    labels = (rng.random(n) < truth).astype(np.int64)
    return labels, truth, np.clip(truth + rng.normal(0, noise, n), 0.001, 0.999)


def intervals(labels, first, second):
    from evaluator.bootstrap import log_losses, score_intervals

    exact = {
        "auc": auc(labels, first) - auc(labels, second),
        "average_precision": 0.0,
        "log_loss": float((log_losses(first, labels) - log_losses(second, labels)).mean()),
    }
    return exact, score_intervals(labels, first, second, exact)


def test_a_better_model_is_ahead_by_its_whole_interval():
    exact, found = intervals(*two_models(noise=0.3))
    assert found["auc"]["value"] == exact["auc"]
    assert 0 < found["auc"]["low"] < exact["auc"] < found["auc"]["high"]
    assert found["log_loss"]["high"] < 0, "less loss is a negative difference"


def test_the_same_model_twice_has_no_difference_at_all():
    labels, scores, _ = two_models(noise=0)
    _, found = intervals(labels, scores, scores)
    assert found["auc"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_interval_width_is_that_of_resampling_rows():
    labels, first, second = two_models(noise=0.2)
    _, found = intervals(labels, first, second)
    rng, seen = np.random.default_rng(4), []
    for _ in range(60):
        drawn = rng.integers(0, len(labels), len(labels))
        seen.append(auc(labels[drawn], first[drawn]) - auc(labels[drawn], second[drawn]))
    width = np.subtract(*np.quantile(seen, [0.975, 0.025]))
    assert found["auc"]["high"] - found["auc"]["low"] == pytest.approx(width, rel=0.3)


def test_the_f1_difference_of_eight_cells_is_exact():
    from evaluator.bootstrap import threshold_intervals

    cells = np.array([50, 5, 4, 3, 6, 2, 9, 30])  # label 0: first/second 00 01 10 11, then label 1
    found = threshold_intervals(cells)
    first, second = 2 * 39 / (2 * 39 + 7 + 8), 2 * 32 / (2 * 32 + 8 + 15)
    assert found["f1"]["value"] == pytest.approx(first - second)
    assert found["f1"]["low"] < found["f1"]["value"] < found["f1"]["high"]
