"""The trainer in the test's own process, where its network and its memory can be looked at."""

from __future__ import annotations

import importlib
import io
from contextlib import redirect_stdout
from typing import Any

import pytest


def main_here(job: Any, module: str = "trainer.__main__") -> tuple[int, list[str]]:
    """Runs a trainer's entry point on a job: its exit code, and the lines it printed. The libraries that a
    process of its own would import for seconds are here already."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as said:
        patch.setenv("OPT_ML", str(job.root))
        code = importlib.reload(importlib.import_module(module)).main()
    return code, said.getvalue().splitlines()


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
