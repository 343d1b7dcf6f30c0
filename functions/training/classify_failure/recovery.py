"""What can be changed about the next attempt: a smaller batch after running out of memory, a lower rate after
divergence. A change that is not possible is absent, so that the ladder goes on to its next rung."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RATES = ("learning_rate", "eta")


def smaller_batch(hyperparameters: Mapping[str, str], min_batch_size: int) -> dict[str, str] | None:
    """Half the batch, and the rate scaled with it (Goyal et al. 2017); None below the floor."""
    if "batch_size" not in hyperparameters:
        return None
    batch = int(hyperparameters["batch_size"])
    half = batch // 2
    if half < max(1, min_batch_size):
        return None
    return {**hyperparameters, "batch_size": str(half), **_scaled_rate(hyperparameters, half / batch)}


def lower_rate(hyperparameters: Mapping[str, str], factor: float) -> dict[str, str] | None:
    """The same with the learning rate times `factor`; None without one."""
    rate = _scaled_rate(hyperparameters, factor)
    return {**hyperparameters, **rate} if rate else None


def changes(hyperparameters: Mapping[str, str], limits: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Both changes by name, the impossible ones left out."""
    possible = {
        "smaller_batch": smaller_batch(hyperparameters, int(limits["min_batch_size"])),
        "lower_rate": lower_rate(hyperparameters, float(limits["rate_factor"])),
    }
    return {name: change for name, change in possible.items() if change is not None}


def _scaled_rate(hyperparameters: Mapping[str, str], factor: float) -> dict[str, str]:
    return {name: f"{float(hyperparameters[name]) * factor:g}" for name in RATES if name in hyperparameters}
