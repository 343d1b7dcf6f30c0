"""A booster as a checkpoint: its own binary form, with what the loop knew as one of its attributes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import xgboost

from contracts.failures import ArtifactCorrupt
from trainer.checkpoints import CheckpointFiles, refuse_foreign
from trainer.progress import History

STATE = "trainer_state"


@dataclass(frozen=True)
class Checkpoint:
    """A booster after so many rounds, and what the loop knew then."""

    booster: xgboost.Booster
    rounds: int
    history: History


class Checkpoints:
    """The checkpoints of one job below a folder; `fingerprint` says which job may resume from them."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._files = CheckpointFiles(folder, "ubj")
        self._fingerprint = fingerprint

    def save(self, checkpoint: Checkpoint) -> Path:
        """Writes a checkpoint durably."""
        state = {"identity": self._fingerprint, "rounds": checkpoint.rounds, "history": checkpoint.history}
        checkpoint.booster.set_attr(**{STATE: json.dumps(state)})
        content = bytes(checkpoint.booster.save_raw("ubj"))
        checkpoint.booster.set_attr(**{STATE: None})
        return self._files.write(checkpoint.rounds, content)

    def latest(self) -> Checkpoint | None:
        """The newest whole checkpoint, None when there is none; raises ArtifactCorrupt for a foreign one."""
        found = self._files.newest()
        return self._load(*found) if found else None

    def _load(self, path: Path, content: bytes) -> Checkpoint:
        try:
            booster = xgboost.Booster()
            booster.load_model(bytearray(content))
            state = json.loads(booster.attr(STATE) or "{}")
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise ArtifactCorrupt.about("checkpoint", path.name, f"it can't be loaded: {error}") from error
        refuse_foreign(path, state.get("identity"), self._fingerprint)
        booster.set_attr(**{STATE: None})
        return Checkpoint(booster, state["rounds"], state["history"])
