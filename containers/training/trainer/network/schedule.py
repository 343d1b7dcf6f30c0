"""What follows from seed and place alone: the order of the rows, the randomness of a step, the rate."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from trainer.network.hyperparameters import NetworkHyperparameters


def order_of(seed: int, epoch: int, rows: int) -> npt.NDArray[np.int64]:
    """The rows of an epoch in the order in which they are taken."""
    return np.random.default_rng([seed, epoch]).permutation(rows)


class Orders:
    """The orders of the epochs; the next one is drawn while an epoch runs, for that takes longer than a GPU
    takes for a tenth of the epoch."""

    def __init__(self, seed: int, rows: int) -> None:
        self._seed, self._rows = seed, rows
        self._drawer = ThreadPoolExecutor(1, "order")
        self._ahead: dict[int, Future[npt.NDArray[np.int64]]] = {}

    def of(self, epoch: int) -> npt.NDArray[np.int64]:
        """As `order_of`."""
        drawn = self._ahead.get(epoch) or self._draw(epoch)
        self._ahead = {epoch + 1: self._draw(epoch + 1)}
        return drawn.result()

    def _draw(self, epoch: int) -> Future[npt.NDArray[np.int64]]:
        return self._drawer.submit(order_of, self._seed, epoch, self._rows)


def seed_of(seed: int, rank: int, step: int) -> int:
    """The seed of one step of one process."""
    return int(np.random.SeedSequence([seed, rank, step]).generate_state(1, np.uint64)[0] >> 1)


def rate_at(settings: NetworkHyperparameters, world: int, epochs_done: float) -> float:
    """The learning rate: scaled with the global batch, which it takes `warmup_epochs` to reach (Goyal et al.
    2017, arXiv:1706.02677), then constant or falling to zero as a half cosine."""
    full = settings.learning_rate * world
    if epochs_done < settings.warmup_epochs:
        return settings.learning_rate + (full - settings.learning_rate) * epochs_done / settings.warmup_epochs
    if settings.rate_schedule == "constant":
        return full
    length = max(settings.epochs - settings.warmup_epochs, 1e-9)
    share = min((epochs_done - settings.warmup_epochs) / length, 1.0)
    return full * (1 + math.cos(math.pi * share)) / 2
