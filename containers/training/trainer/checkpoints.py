"""Checkpoints that can be trusted: one file each, written aside and renamed, named by round and content
hash, so that a kill at any moment leaves the previous one whole and a damaged one is recognised."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xgboost

from contracts.failures import ArtifactCorrupt

KEPT = 2
NAME = re.compile(r"checkpoint-(\d{6})-([0-9a-f]{16})\.ubj")
STATE = "trainer_state"


@dataclass(frozen=True)
class Checkpoint:
    """A booster after so many rounds, and what the loop knew then."""

    booster: xgboost.Booster
    rounds: int
    history: list[dict[str, float]]


class Checkpoints:
    """The checkpoints of one job below a folder; `identity` says which job may resume from them."""

    def __init__(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self._folder = folder
        self._identity = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    def save(self, checkpoint: Checkpoint) -> Path:
        """Writes a checkpoint durably, then removes all but the newest two."""
        state = {"identity": self._identity, "rounds": checkpoint.rounds, "history": checkpoint.history}
        checkpoint.booster.set_attr(**{STATE: json.dumps(state)})
        content = bytes(checkpoint.booster.save_raw("ubj"))
        checkpoint.booster.set_attr(**{STATE: None})
        digest = hashlib.sha256(content).hexdigest()[:16]
        path = self._folder / f"checkpoint-{checkpoint.rounds:06}-{digest}.ubj"
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f".{path.name}"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        self._prune()
        return path

    def latest(self) -> Checkpoint | None:
        """The newest whole checkpoint; None when there is none at all.

        Raises ArtifactCorrupt when every one is damaged, or when it is another job's: starting over in
        silence would throw away paid work, or overwrite somebody else's.
        """
        paths = self._paths()
        for path in paths:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest()[:16] == NAME.fullmatch(path.name)[2]:  # type: ignore[index]
                return self._load(path, content)
        if paths:
            names = [path.name for path in paths]
            remedy = "Remove the checkpoint prefix to start over"
            raise ArtifactCorrupt.about("checkpoints", names, "none matches the hash in its name", remedy)
        return None

    def _load(self, path: Path, content: bytes) -> Checkpoint:
        try:
            booster = xgboost.Booster()
            booster.load_model(bytearray(content))
            state = json.loads(booster.attr(STATE) or "{}")
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise ArtifactCorrupt.about("checkpoint", path.name, f"it can't be loaded: {error}") from error
        if state.get("identity") != self._identity:
            rule = "it was written with other data, features or hyperparameters"
            remedy = "Use an empty checkpoint prefix for each configuration"
            raise ArtifactCorrupt.about("checkpoint", path.name, rule, remedy)
        booster.set_attr(**{STATE: None})
        return Checkpoint(booster, state["rounds"], state["history"])

    def _paths(self) -> list[Path]:
        """Newest first; files of other names (SageMaker's own, unfinished ones) are not ours to judge."""
        found = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted((path for path in found if NAME.fullmatch(path.name)), reverse=True)

    def _prune(self) -> None:
        for path in self._paths()[KEPT:]:
            path.unlink()
        for path in self._folder.glob(".checkpoint-*.ubj"):
            path.unlink()
