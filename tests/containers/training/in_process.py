"""The trainer in the test's own process, where its network and its memory can be looked at."""

from __future__ import annotations

from typing import Any


def train_here(
    settings: dict[str, str], job: Any, prepared: Any, stop_after: int | None = None, **hyperparameters: str
) -> tuple[bool, list[str]]:
    """Trains with these settings; asked to stop before step `stop_after`. Whether it ended, what it said."""
    from trainer.job import Job
    from trainer.paths import Paths
    from trainer.train import train

    said: list[str] = []
    asked = iter(range(10**6))
    if not (job.root / "input").exists():
        job.fill(prepared, settings)
    job.write("input/config/hyperparameters.json", settings | hyperparameters)
    should_stop = (lambda: next(asked) >= stop_after) if stop_after is not None else (lambda: False)
    return train(Job(Paths(job.root), said.append, should_stop)), said
