"""What the metrics of the rounds so far say: the best round, whether to stop early, whether the loss
diverges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from contracts.failures import TrainingDiverged

LOSS = "validation:logloss"
TRAINING_LOSS = "train:logloss"
RISING_ROUNDS = 3
History = Sequence[Mapping[str, float]]


def best_round(history: History) -> int:
    """The number of the first round with the lowest validation loss, from 0."""
    return min(range(len(history)), key=lambda round_number: history[round_number][LOSS])


def is_exhausted(history: History, patience_rounds: int) -> bool:
    """Whether that many rounds went by without a better validation loss; never with a patience of 0."""
    if not history or not patience_rounds:
        return False
    return len(history) - 1 - best_round(history) >= patience_rounds


def refuse_divergence(history: History) -> None:
    """Raises TrainingDiverged when the loss is no number, or the training loss rose for more than three
    rounds."""
    number = len(history) - 1
    for name, value in history[-1].items():
        if not math.isfinite(value):
            raise TrainingDiverged(f"{name} is {value} in epoch {number}: lower learning_rate")
    recent = [metrics[TRAINING_LOSS] for metrics in history[-RISING_ROUNDS - 2 :]]
    is_rising = all(later > earlier for earlier, later in pairwise(recent))
    if len(recent) == RISING_ROUNDS + 2 and is_rising:
        rise = f"{recent[0]:.6g} to {recent[-1]:.6g}"
        raise TrainingDiverged(
            f"{TRAINING_LOSS} rose for {RISING_ROUNDS + 1} epochs up to epoch {number}, {rise}: "
            "lower learning_rate"
        )


def metrics_line(epoch: int, metrics: Mapping[str, float]) -> str:
    """The line that the job's metric definitions read: `epoch=12 train:logloss=0.41 validation:auc=0.70`."""
    return " ".join([f"epoch={epoch}", *(f"{name}={value:.6f}" for name, value in metrics.items())])
