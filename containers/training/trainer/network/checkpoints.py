"""Everything a network needs to go on as if nothing had happened, written while training goes on."""

from __future__ import annotations

import io
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from contracts.failures import ArtifactCorrupt
from trainer.checkpoints import CheckpointFiles, refuse_foreign


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Weights, optimizer and place: `rows` of epoch `epoch` are done, their losses sum up to `loss_sum`;
    `scaling` is that of the gradients, empty where they aren't scaled.

    Neither order nor dropout need a state: both follow from seed, epoch and step. So does the rate.
    """

    epoch: int
    rows: int
    steps: int
    loss_sum: float
    history: list[dict[str, float]]
    weights: dict[str, Any]
    moments: dict[str, Any]
    best_weights: dict[str, Any] | None
    scaling: dict[str, Any] = field(default_factory=dict)


class Checkpoints:
    """The checkpoints of one job below a folder; one at a time is written in the background."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._files = CheckpointFiles(folder, "pt")
        self._fingerprint = fingerprint
        self._writer = ThreadPoolExecutor(1, "checkpoint")
        self._pending: Future[Path] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether one is being written."""
        return self._pending is not None and not self._pending.done()

    def start_saving(self, checkpoint: Checkpoint) -> None:
        """Begins to write a checkpoint that nobody changes any more; raises what the one before ran into."""
        self.finish()
        self._pending = self._writer.submit(self._save, checkpoint)

    def finish(self) -> Path | None:
        """Waits for the checkpoint being written, if there is one; raises what it ran into."""
        pending, self._pending = self._pending, None
        return pending.result() if pending else None

    def latest(self) -> Checkpoint | None:
        """The newest whole checkpoint, None when there is none; raises ArtifactCorrupt for a foreign one."""
        found = self._files.newest()
        return self._load(*found) if found else None

    def _save(self, checkpoint: Checkpoint) -> Path:
        state = {one.name: getattr(checkpoint, one.name) for one in fields(checkpoint)}
        buffer = io.BytesIO()
        torch.save(state | {"identity": self._fingerprint}, buffer)
        return self._files.write(checkpoint.steps, buffer.getvalue())

    def _load(self, path: Path, content: bytes) -> Checkpoint:
        try:
            # Only data is read: a checkpoint can't bring code along.
            state: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
            refuse_foreign(path, state.pop("identity", None), self._fingerprint)
            return Checkpoint(**state)
        except ArtifactCorrupt:
            raise
        except Exception as error:  # damage shows as almost any exception
            text = f"{type(error).__name__}: {error}"[:300]
            raise ArtifactCorrupt.about("checkpoint", path.name, f"it can't be loaded: {text}") from error
