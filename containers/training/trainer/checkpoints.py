"""Checkpoint files that can be trusted: written aside and renamed, named by progress and content hash, so
that a kill at any moment leaves the previous one whole and a damaged one is recognised."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.failures import ArtifactCorrupt

KEPT = 2
NAME = re.compile(r"checkpoint-(\d{6,})-([0-9a-f]{16})\.(\w+)")


def fingerprint(identity: Mapping[str, Any]) -> str:
    """Says which job may resume from a checkpoint: SHA-256 of its data, features and hyperparameters."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def refuse_foreign(path: Path, written_by: object, ours: str) -> None:
    """Raises ArtifactCorrupt when a checkpoint's fingerprint is not ours."""
    if written_by != ours:
        rule = "it was written with other data, features or hyperparameters"
        remedy = "Use an empty checkpoint prefix for each configuration"
        raise ArtifactCorrupt.about("checkpoint", path.name, rule, remedy)


@dataclass(frozen=True)
class CheckpointFiles:
    """The checkpoints below a folder; `suffix` is the algorithm's."""

    folder: Path
    suffix: str

    def write(self, number: int, content: bytes) -> Path:
        """Writes a checkpoint durably, then removes all but the newest two; `number` grows with progress."""
        digest = hashlib.sha256(content).hexdigest()[:16]
        path = self.folder / f"checkpoint-{number:06}-{digest}.{self.suffix}"
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".{path.name}"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        self._prune()
        return path

    def newest(self) -> tuple[Path, bytes] | None:
        """The newest whole checkpoint; None when there is none at all.

        Raises ArtifactCorrupt when every one is damaged, or when it is another algorithm's: starting over in
        silence would throw away paid work, or overwrite somebody else's.
        """
        paths = self._paths()
        for path in paths:
            content = path.read_bytes()
            _, digest, suffix = _parts(path)
            if suffix != self.suffix:
                rule = f"it was written by another algorithm; this one's end in .{self.suffix}"
                remedy = "Use an empty checkpoint prefix for each configuration"
                raise ArtifactCorrupt.about("checkpoint", path.name, rule, remedy)
            if hashlib.sha256(content).hexdigest()[:16] == digest:
                return path, content
        if paths:
            names = [path.name for path in paths]
            remedy = "Remove the checkpoint prefix to start over"
            raise ArtifactCorrupt.about("checkpoints", names, "none matches the hash in its name", remedy)
        return None

    def _paths(self) -> list[Path]:
        """Newest first; files of other names (SageMaker's own, unfinished ones) are not ours to judge."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted((path for path in found if NAME.fullmatch(path.name)), key=_parts, reverse=True)

    def _prune(self) -> None:
        for path in self._paths()[KEPT:]:
            path.unlink()
        for path in self.folder.glob(".checkpoint-*"):
            path.unlink()


def _parts(path: Path) -> tuple[int, str, str]:
    """Progress, hash and suffix in the name of a checkpoint."""
    number, digest, suffix = NAME.fullmatch(path.name).groups()  # type: ignore[union-attr]
    return int(number), digest, suffix
