"""The training loop: one round at a time, metrics after each, checkpoints between, ready to stop between
any two."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xgboost

from trainer.checkpoints import Checkpoint, Checkpoints
from trainer.hyperparameters import Hyperparameters
from trainer.progress import best_round, is_exhausted, metrics_line, refuse_divergence

Floats = npt.NDArray[np.float32]
METRIC = re.compile(r"(\w+)-(\w+):(\S+)")


@dataclass(frozen=True)
class Trained:
    """The end of the loop; `is_complete` is false when it was asked to stop before."""

    booster: xgboost.Booster
    history: list[dict[str, float]]
    resumed_from_round: int
    is_complete: bool

    @property
    def best_round(self) -> int:
        """The round whose model is kept, from 0."""
        return best_round(self.history)


@dataclass(frozen=True)
class Boosting:
    """Training with given data and hyperparameters; `say` prints a line, `should_stop` is asked between
    rounds."""

    hyperparameters: Hyperparameters
    checkpoints: Checkpoints
    should_stop: Callable[[], bool]
    say: Callable[[str], None]

    def run(self, train: xgboost.DMatrix, validation: xgboost.DMatrix) -> Trained:
        """Trains from the newest checkpoint, or from nothing, to the end or until it should stop."""
        parameters, start = self.hyperparameters.booster_parameters(), self.checkpoints.latest()
        history = list(start.history) if start else []
        booster = xgboost.Booster(parameters, [train, validation], start.booster if start else None)
        if start:
            self.say(f"resumed from the checkpoint of {start.rounds} rounds")
        saved_at, resumed_from = time.monotonic(), len(history)
        while not self._is_done(history) and not self.should_stop():
            number = len(history)
            self._draw_rows(train, number)
            booster.update(train, number)
            history.append(_metrics(booster, train, validation))
            self.say(metrics_line(number, history[-1]))
            refuse_divergence(history)
            if self._is_due(len(history), saved_at):
                self.checkpoints.save(Checkpoint(booster, len(history), history))
                saved_at = time.monotonic()
        is_complete = self._is_done(history)
        if not is_complete and len(history) > resumed_from:
            path = self.checkpoints.save(Checkpoint(booster, len(history), history))
            self.say(f"stopped after {len(history)} rounds, saved {path.name}")
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

    def _is_due(self, rounds: int, saved_at: float) -> bool:
        settings = self.hyperparameters
        is_round = settings.checkpoint_rounds > 0 and rounds % settings.checkpoint_rounds == 0
        return is_round or time.monotonic() - saved_at >= settings.checkpoint_seconds


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
