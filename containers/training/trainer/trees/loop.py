"""The training loop: one round at a time, metrics after each, checkpoints between, ready to stop between
any two."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xgboost

from trainer.job import Job
from trainer.progress import is_exhausted, is_rising, metrics_line, refuse_divergence
from trainer.trees.checkpoints import Checkpoint, Checkpoints
from trainer.trees.hyperparameters import TreeHyperparameters

Floats = npt.NDArray[np.float32]
METRIC = re.compile(r"(\w+)-(\w+):(\S+)")


@dataclass(frozen=True)
class Trained:
    """The end of the loop; `is_complete` is false when it was asked to stop before."""

    booster: xgboost.Booster
    history: list[dict[str, float]]
    resumed_from_round: int
    is_complete: bool


@dataclass(frozen=True)
class Boosting:
    """Training with given data and hyperparameters, which can be stopped between any two rounds."""

    job: Job
    hyperparameters: TreeHyperparameters
    checkpoints: Checkpoints

    def run(self, train: xgboost.DMatrix, validation: xgboost.DMatrix) -> Trained:
        """Trains from the newest checkpoint, or from nothing, to the end or until it should stop."""
        parameters, start = self.hyperparameters.booster_parameters(), self.checkpoints.latest()
        history = [dict(metrics) for metrics in start.history] if start else []
        booster = xgboost.Booster(parameters, [train, validation], start.booster if start else None)
        if start:
            self.job.say(f"resumed from the checkpoint of {start.rounds} rounds")
        saved_at, resumed_from = time.monotonic(), len(history)
        while not self._is_done(history) and not self.job.should_stop():
            number = len(history)
            self._draw_rows(train, number)
            booster.update(train, number)
            history.append(_metrics(booster, train, validation))
            self.job.say(metrics_line(number, history[-1]))
            refuse_divergence(history)
            if self._is_due(history, saved_at):
                self.checkpoints.save(Checkpoint(booster, len(history), history))
                saved_at = time.monotonic()
        is_complete = self._is_done(history)
        if not is_complete and len(history) > resumed_from:
            path = self.checkpoints.save(Checkpoint(booster, len(history), history))
            self.job.say(f"stopped after {len(history)} rounds, saved {path.name}")
        return Trained(booster, history, resumed_from, is_complete)

    def _draw_rows(self, train: xgboost.DMatrix, number: int) -> None:
        """Gives the rows that this round leaves out a weight of zero; the draw depends on seed and round
        alone."""
        settings = self.hyperparameters
        if settings.subsample < 1:
            draw = np.random.default_rng([settings.seed, number]).random(train.num_row(), dtype=np.float32)
            train.set_weight((draw < settings.subsample).astype(np.float32))

    def _is_done(self, history: list[dict[str, float]]) -> bool:
        settings = self.hyperparameters
        is_exhausted_now = is_exhausted(history, settings.early_stopping_rounds)
        return len(history) >= settings.num_boost_round or is_exhausted_now

    def _is_due(self, history: list[dict[str, float]], saved_at: float) -> bool:
        settings = self.hyperparameters
        is_round = settings.checkpoint_rounds > 0 and len(history) % settings.checkpoint_rounds == 0
        is_time = time.monotonic() - saved_at >= settings.checkpoint_seconds
        return (is_round or is_time) and not is_rising(history)


def _metrics(
    booster: xgboost.Booster, train: xgboost.DMatrix, validation: xgboost.DMatrix
) -> dict[str, float]:
    """The losses and the validation's AUC. The training loss comes from cached scores: an AUC there would
    cost more than the round itself."""
    measured = booster.eval_set([(validation, "validation")])
    found = {f"{sample}:{metric}": float(value) for sample, metric, value in METRIC.findall(measured)}
    return {"train:logloss": _log_loss(booster.predict(train), train.get_label())} | found


def _log_loss(scores: Floats, labels: Floats) -> float:
    likely = np.where(labels > 0, scores, 1 - scores).astype(np.float64)
    return float(-np.log(np.maximum(likely, np.finfo(np.float32).tiny)).mean())
