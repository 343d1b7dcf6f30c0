"""What the metrics of the epochs so far say: the best one, whether to stop early, whether the loss
diverges. For trees an epoch is a boosting round."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from contracts.failures import TrainingDiverged

LOSS = "validation:logloss"
TRAINING_LOSS = "train:logloss"
AUC = "validation:auc"
RISING_EPOCHS = 3
# Dropout makes the loss of a network that has learnt all it can wander by less, for as many epochs.
RISE = 0.02
Metrics = Mapping[str, float]
History = Sequence[Metrics]


def best_epoch(history: History) -> int:
    """The number of the first epoch with the lowest validation loss, from 0."""
    return min(range(len(history)), key=lambda epoch: history[epoch][LOSS])


def is_exhausted(history: History, patience_epochs: int) -> bool:
    """Whether that many epochs went by without a better validation loss; never with a patience of 0."""
    if not history or not patience_epochs:
        return False
    return len(history) - 1 - best_epoch(history) >= patience_epochs


def is_rising(history: History) -> bool:
    """Whether the training loss rose in the last epoch: then no periodic checkpoint is made, so that after a
    divergence the newest is a good one."""
    return len(history) > 1 and history[-1][TRAINING_LOSS] > history[-2][TRAINING_LOSS]


def refuse_divergence(history: History) -> None:
    """Raises TrainingDiverged when the loss is no number, or the training loss rose for more than three
    epochs in a row, by more than 2 % in all."""
    number = len(history) - 1
    for name, value in history[-1].items():
        refuse_no_number(name, value, number)
    rising = _rising(history)
    if len(rising) > RISING_EPOCHS + 1 and rising[-1] > (1 + RISE) * rising[0]:
        raise TrainingDiverged(
            f"{TRAINING_LOSS} rose for {len(rising) - 1} epochs up to epoch {number}, {rising[0]:.6g} to "
            f"{rising[-1]:.6g}: lower learning_rate"
        )


def _rising(history: History) -> Sequence[float]:
    """The training losses since the last one that did not rise, that one included."""
    losses = [metrics[TRAINING_LOSS] for metrics in history]
    first = len(losses) - 1
    while first > 0 and losses[first] > losses[first - 1]:
        first -= 1
    return losses[first:]


def refuse_no_number(name: str, value: float, epoch: int) -> None:
    """Raises TrainingDiverged when a metric is not finite."""
    if not math.isfinite(value):
        raise TrainingDiverged(f"{name} is {value} in epoch {epoch}: lower learning_rate")


def metrics_line(epoch: int, metrics: Metrics) -> str:
    """The line that the job's metric definitions read: `epoch=12 train:logloss=0.41 validation:auc=0.70`."""
    return " ".join([f"epoch={epoch}", *(f"{name}={value:.6f}" for name, value in metrics.items())])


def ending(epochs: int, planned: int) -> str:
    """How far the job went, for the metric definitions; `early_stopping_epoch` only if it stopped before."""
    return f"epochs={epochs}" + (f" early_stopping_epoch={epochs}" if epochs < planned else "")
