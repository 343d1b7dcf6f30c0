"""How good scores are: log loss and the area under the ROC curve, by ranks."""

from __future__ import annotations

import numpy as np

from trainer.data import Floats
from trainer.progress import AUC, LOSS


def measured(logits: Floats, labels: Floats) -> dict[str, float]:
    """The validation's metrics."""
    return {LOSS: log_loss(logits, labels), AUC: auc(logits, labels)}


def log_loss(logits: Floats, labels: Floats) -> float:
    """The mean of log(1 + exp(-z)) over rows, z being the logit towards the right class; of a diverged
    network it is no number, and the caller refuses it."""
    towards = np.where(labels > 0, logits, -logits).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return float(np.logaddexp(0.0, -towards).mean())


def auc(scores: Floats, labels: Floats) -> float:
    """The share of pairs of a positive and a negative row that are in order; ties count half."""
    _, tie, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[tie]
    positives = int((labels > 0).sum())
    pairs = positives * (len(labels) - positives)
    return float((ranks[labels > 0].sum() - positives * (positives + 1) / 2) / pairs)


def probabilities(logits: Floats) -> Floats:
    """The logistic function, without overflow."""
    shrunk = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1 / (1 + shrunk), shrunk / (1 + shrunk)).astype(np.float32)
