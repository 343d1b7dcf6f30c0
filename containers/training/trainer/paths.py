"""Where SageMaker puts a training job's inputs and takes its outputs from."""

from __future__ import annotations

from pathlib import Path

from contracts.container import Layout
from contracts.failures import DataMissing


class Paths(Layout):
    """The job's folders."""

    @property
    def hyperparameters(self) -> Path:
        """The job's HyperParameters: a JSON object of strings."""
        return self.root / "input/config/hyperparameters.json"

    @property
    def resources(self) -> Path:
        """The hosts of the job, and which of them this one is."""
        return self.root / "input/config/resourceconfig.json"

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
