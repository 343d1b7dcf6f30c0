"""Boosted trees as whole jobs: when they stop early, what they keep, and how they diverge."""

from __future__ import annotations

import re

import pytest

from contracts.failures import TrainingDiverged

OVERFITTING = {
    "num_boost_round": "200",
    "early_stopping_rounds": "3",
    "max_depth": "10",
    "learning_rate": "1",
}


def run_here(job, prepared, **hyperparameters):
    """Trains in this process; whether it ended, and what it said."""
    from trainer.job import Job
    from trainer.paths import Paths
    from trainer.train import train

    said = []
    job.fill(prepared, hyperparameters)
    return train(Job(Paths(job.root), said.append, lambda: False)), said


def test_trees_that_overfit_stop_early_and_the_best_round_is_what_is_served(prepared, job):
    import xgboost

    is_complete, said = run_here(job, prepared, **OVERFITTING)
    metadata = job.read("model/metadata.json")
    rounds, best = metadata["rounds"], metadata["best_round"]
    assert is_complete and rounds == best + 1 + 3 < 200
    assert said[-1].startswith(f"best epoch={best} ")
    assert said[-1].endswith(f"epochs={rounds} early_stopping_epoch={rounds}")
    losses = [float(re.search(r"validation:logloss=(\S+)", line)[1]) for line in said[:-1]]
    assert losses[best] == min(losses)
    booster = xgboost.Booster(model_file=job.root / "model/model.ubj")
    assert booster.num_boosted_rounds() == best + 1


def test_trees_whose_training_loss_rises_end_as_diverged_with_a_good_checkpoint(prepared, job, monkeypatch):
    from trainer.trees import loop

    rising = iter([0.5, 0.4, *(0.5 + step / 10 for step in range(10))])
    found = loop._metrics
    monkeypatch.setattr(loop, "_metrics", lambda *sets: found(*sets) | {"train:logloss": next(rising)})
    with pytest.raises(TrainingDiverged, match=r"train:logloss rose for 4 epochs up to epoch 5, 0\.4 to"):
        run_here(job, prepared, checkpoint_rounds="1")
    saved = sorted(path.name[:17] for path in (job.root / "checkpoints").iterdir())
    assert saved == ["checkpoint-000001", "checkpoint-000002"], "of the rounds before it rose"
    assert not (job.root / "model").exists()
