"""Where SageMaker puts the evaluation's inputs and takes its report from."""

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

    def single(self, name: str, suffix: str) -> Path:
        """The one file of an input; raises DataMissing when there is none, or more than one."""
        found = self.find(name, suffix)
        if len(found) != 1:
            names = [path.name for path in found]
            raise DataMissing.about(f"input {name}", names, f"there must be one {suffix} file")
        return found[0]

    def find(self, name: str, suffix: str) -> list[Path]:
        """The files of an input that may be absent."""
        folder = self.root / "processing/input" / name
        return sorted(path for path in folder.rglob(f"*{suffix}") if path.is_file())

    @property
    def report(self) -> Path:
        """Output: the report."""
        return self.root / "processing/output/report/report.json"

    @property
    def message(self) -> Path:
        """What SageMaker shows as the job's ExitMessage (first KB)."""
        return self.root / "output/message"
