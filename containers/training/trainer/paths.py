"""Where SageMaker puts a training job's inputs and takes its outputs from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from contracts.failures import DataMissing


@dataclass(frozen=True)
class Paths:
    """The job's folders under one root, `/opt/ml` unless OPT_ML names another."""

    root: Path

    @classmethod
    def from_environment(cls) -> Paths:
        """The layout of the job this process belongs to."""
        return cls(Path(os.environ.get("OPT_ML", "/opt/ml")))

    @property
    def hyperparameters(self) -> Path:
        """The job's HyperParameters: a JSON object of strings."""
        return self.root / "input/config/hyperparameters.json"

    @property
    def resources(self) -> Path:
        """The hosts of the job, and which of them this one is."""
        return self.root / "input/config/resourceconfig.json"

    @property
    def model(self) -> Path:
        """What becomes model.tar.gz when the job ends."""
        return self.root / "model"

    @property
    def checkpoints(self) -> Path:
        """Synchronised with S3 while the job runs; filled from there when it starts."""
        return self.root / "checkpoints"

    @property
    def failure(self) -> Path:
        """Its first 1,024 characters become the job's FailureReason."""
        return self.root / "output/failure"

    def channel(self, name: str, suffix: str) -> list[Path]:
        """The files of an input channel in order of name; raises DataMissing when there are none."""
        folder = self.root / "input/data" / name
        files = sorted(path for path in folder.rglob(f"*{suffix}") if path.is_file())
        if not files:
            found = sorted(path.name for path in folder.rglob("*"))[:10]
            rule = f"it must hold {suffix} files"
            raise DataMissing.about(f"channel {name}", found, rule, "Give the job this channel")
        return files
