"""The network's metrics agree with a library that many trust."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("decimals", [1, 6])
def test_loss_and_ranks_agree_with_scikit_learn_ties_included(decimals):
    from sklearn import metrics
    from trainer.network.scoring import measured, probabilities

    rng = np.random.default_rng(3)
    logits = rng.normal(size=500).round(decimals).astype(np.float32)
    labels = (rng.random(500) < 0.3).astype(np.float32)
    found, scores = measured(logits, labels), probabilities(logits)
    assert found["validation:auc"] == pytest.approx(metrics.roc_auc_score(labels, logits))
    assert found["validation:logloss"] == pytest.approx(metrics.log_loss(labels, scores), rel=1e-6)


def test_extreme_logits_become_probabilities_without_overflow():
    from trainer.network.scoring import log_loss, probabilities

    logits = np.array([-1e4, 0, 1e4], dtype=np.float32)
    assert probabilities(logits).tolist() == [0, 0.5, 1]
    assert log_loss(logits, np.array([0, 1, 1], dtype=np.float32)) == pytest.approx(np.log(2) / 3)


def test_a_diverged_network_has_a_loss_that_is_no_number_and_warns_of_nothing():
    from trainer.network.scoring import measured

    logits, labels = np.array([np.nan, 1.0, -np.inf]), np.array([1.0, 0.0, 1.0])
    assert not np.isfinite(measured(logits, labels)["validation:logloss"])
