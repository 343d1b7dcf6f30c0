"""What a training job leaves in S3: the model and the output data of all hosts, packed or file by file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.sagemaker.jobs.artifacts import pack
from rehearsal.sagemaker.s3 import Files


@dataclass(frozen=True)
class TrainingOutput:
    """The destination of one job's results, from OutputDataConfig; `directory` takes the archives."""

    files: Files
    settings: dict[str, Any]
    job_name: str
    directory: Path

    @property
    def base_uri(self) -> str:
        """Return where this job's results lie."""
        return f"{self.settings['S3OutputPath'].rstrip('/')}/{self.job_name}/output"

    def upload_data(self, opt_mls: list[Path]) -> None:
        """Upload /opt/ml/output/data as output.tar.gz, if there is any."""
        folders = [opt_ml / "output/data" for opt_ml in opt_mls]
        if _hold_files(folders):
            self._upload_archive(folders, "output.tar.gz")

    def upload_model(self, opt_mls: list[Path], *, even_if_empty: bool) -> str | None:
        """Upload /opt/ml/model; return its URI, None where nothing was uploaded."""
        folders = [opt_ml / "model" for opt_ml in opt_mls]
        if not (even_if_empty or _hold_files(folders)):
            return None
        if self.settings.get("CompressionType") != "NONE":
            return self._upload_archive(folders, "model.tar.gz")
        for folder in reversed(folders):
            self.files.upload_folder(folder, f"{self.base_uri}/model", self.settings.get("KmsKeyId"))
        return f"{self.base_uri}/model/"

    def _upload_archive(self, folders: list[Path], name: str) -> str:
        uri = f"{self.base_uri}/{name}"
        self.files.upload(pack(folders, self.directory / name), uri, self.settings.get("KmsKeyId"))
        return uri


def _hold_files(folders: list[Path]) -> bool:
    return any(path.is_file() for folder in folders for path in folder.rglob("*"))
