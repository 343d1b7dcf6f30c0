"""What the metrics so far decide: the round to keep, early stopping, divergence."""

from __future__ import annotations

import math

import pytest

from contracts.failures import TrainingDiverged


def history(*losses, training=None):
    training = training or [0.5 - index / 100 for index in range(len(losses))]
    return [
        {"train:logloss": own, "validation:logloss": loss} for own, loss in zip(training, losses, strict=True)
    ]


def test_the_first_of_equally_good_rounds_is_kept():
    from trainer.progress import best_epoch

    assert best_epoch(history(0.5, 0.4, 0.4, 0.6)) == 1


@pytest.mark.parametrize(("patience", "expected"), [(0, False), (2, True), (3, False)])
def test_training_stops_after_the_patience_without_improvement(patience, expected):
    from trainer.progress import is_exhausted

    assert is_exhausted(history(0.5, 0.4, 0.45, 0.41), patience) is expected


def test_a_loss_that_is_no_number_is_divergence():
    from trainer.progress import refuse_divergence

    with pytest.raises(TrainingDiverged, match="epoch 1"):
        refuse_divergence(history(0.5, math.nan))


def test_a_training_loss_that_rises_four_times_is_divergence():
    from trainer.progress import refuse_divergence

    with pytest.raises(TrainingDiverged, match=r"rose for 4 epochs up to epoch 4, 0\.1 to 0\.5"):
        refuse_divergence(history(*[0.5] * 5, training=[0.1, 0.2, 0.3, 0.4, 0.5]))


def test_a_training_loss_that_wanders_upwards_is_not_divergence_until_it_rose_by_two_percent():
    from trainer.progress import refuse_divergence

    losses = [0.4585 * 1.0011**epoch for epoch in range(20)]
    assert refuse_divergence(history(*[0.5] * 5, training=losses[:5])) is None
    with pytest.raises(TrainingDiverged, match="rose for 19 epochs"):
        refuse_divergence(history(*[0.5] * 20, training=losses))


def test_a_training_loss_that_rises_three_times_is_not_yet_divergence():
    from trainer.progress import refuse_divergence

    rising = history(*[0.5] * 5, training=[0.2, 0.1, 0.2, 0.3, 0.4])
    assert refuse_divergence(rising) is None
