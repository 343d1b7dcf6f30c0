"""Where SageMaker puts a processing job's inputs and takes its outputs from."""

from __future__ import annotations

from pathlib import Path

from contracts.container import ProcessingLayout
from contracts.failures import DataMissing
from features.hosts import Hosts


class Paths(ProcessingLayout):
    """The job's folders."""

    @property
    def contract(self) -> Path:
        """The dataset contract; raises DataMissing when the input holds none."""
        return self._single("contract")

    @property
    def baseline(self) -> Path | None:
        """The statistics of the baseline; None on the first run, which gets no such input."""
        folder = self.input("baseline")
        return self._single("baseline") if folder.is_dir() and any(folder.iterdir()) else None

    @property
    def fine_baseline(self) -> Path | None:
        """The finer counts beside the baseline; None where they are not there."""
        files = sorted(self.input("baseline").rglob("*.parquet"))
        return files[0] if files else None

    def landed(self) -> list[tuple[str, Path]]:
        """The landed files by their path below the input, in that order whatever S3 listed first."""
        data, others = self._landed()
        if not data:
            raise DataMissing.about("landed", others, "there is no .parquet or .csv file", "Land data")
        return data

    def share(self) -> list[tuple[str, Path]]:
        """The same where the job's hosts share the files between them: one of several may be given none."""
        is_alone = len(Hosts.read(self.resource_config).everyone) == 1
        return self.landed() if is_alone else self._landed()[0]

    @property
    def data(self) -> Path:
        """Output: the training set."""
        return self.output("data")

    @property
    def statistics(self) -> Path:
        """Output: statistics.json, its finer counts, shift.json and its plots."""
        return self.output("statistics")

    @property
    def reports(self) -> Path:
        """Output: one validation report a landed file."""
        return self.output("reports")

    @property
    def ingestion(self) -> Path:
        """Output: one report a host of what went to the Feature Store."""
        return self.output("ingestion")

    @property
    def resource_config(self) -> Path:
        """The hosts of the job, as SageMaker lists them."""
        return self.root / "config/resourceconfig.json"

    def _landed(self) -> tuple[list[tuple[str, Path]], list[str]]:
        """Files of data, and the names of others."""
        folder = self.input("landed")
        files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        data = {name: path for name, path in files.items() if path.suffix in {".parquet", ".csv"}}
        return sorted(data.items()), sorted(files.keys() - data.keys())

    def _single(self, name: str) -> Path:
        files = sorted(path for path in self.input(name).rglob("*.json") if path.is_file())
        if len(files) != 1:
            raise DataMissing.about(f"input {name}", [f.name for f in files], "there must be one JSON file")
        return files[0]
