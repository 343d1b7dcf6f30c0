"""Where SageMaker puts the evaluation's inputs and takes its report from."""

from __future__ import annotations

from pathlib import Path

from contracts.container import ProcessingLayout
from contracts.failures import DataMissing


class Paths(ProcessingLayout):
    """The job's folders."""

    def single(self, name: str, suffix: str) -> Path:
        """The one file of an input; raises DataMissing when there is none, or more than one."""
        found = self.find(name, suffix)
        if len(found) != 1:
            names = [path.name for path in found]
            raise DataMissing.about(f"input {name}", names, f"there must be one {suffix} file")
        return found[0]

    def find(self, name: str, suffix: str) -> list[Path]:
        """The files of an input that may be absent."""
        return sorted(path for path in self.input(name).rglob(f"*{suffix}") if path.is_file())

    @property
    def report(self) -> Path:
        """Output: the report."""
        return self.output("report") / "report.json"
