"""SageMaker's layout of a container: the one root below which a job or model finds and leaves everything."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Layout:
    """Folders under one root, `/opt/ml` unless OPT_ML names another."""

    root: Path

    @classmethod
    def from_environment(cls) -> Self:
        """The layout of the job or model this process belongs to."""
        return cls(Path(os.environ.get("OPT_ML", "/opt/ml")))

    @property
    def model(self) -> Path:
        """What a training job leaves as model.tar.gz, and what serving finds unpacked."""
        return self.root / "model"


class ProcessingLayout(Layout):
    """What all processing jobs have."""

    def input(self, name: str) -> Path:
        """The folder of an input; absent where the job was given none."""
        return self.root / "processing/input" / name

    def output(self, name: str) -> Path:
        """The folder that becomes an output."""
        return self.root / "processing/output" / name

    @property
    def message(self) -> Path:
        """What SageMaker shows as the job's ExitMessage (first KB)."""
        return self.root / "output/message"
