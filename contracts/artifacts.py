"""Where things lie in the landing and artifacts buckets, as functions of dataset and run id, and the
manifest that seals a training set. Keys never start with a slash; prefixes end with one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from contracts.document import Document, read_document
from contracts.failures import ArtifactCorrupt

# What stands beside the features in a part: 0 or 1, and minutes of event time since 1970.
LABEL, EVENT_MINUTE = "label", "event_minute"
BESIDE_FEATURES = frozenset({LABEL, EVENT_MINUTE})
SPLITS = ("train", "validation", "test")
SHA256 = r"[0-9a-f]{64}"


def incoming_prefix(dataset: str) -> str:
    """Landing bucket: where files of a dataset arrive."""
    return f"incoming/{dataset}/"


def incoming_key(dataset: str, month: str, file_format: str) -> str:
    """Landing bucket: the file of one month (`YYYY-MM`)."""
    return f"{incoming_prefix(dataset)}{month}.{file_format}"


def dead_letter_key(dataset: str, run_id: str, key: str) -> str:
    """Landing bucket: where a refused file is moved to; its report lies beside it under `report_key`."""
    return f"dead-letter/{dataset}/{run_id}/{key.removeprefix(incoming_prefix(dataset))}"


def report_key(key: str) -> str:
    """The report that belongs to a file."""
    return f"{key}.report.json"


def contract_key(dataset: str) -> str:
    """Artifacts bucket: the dataset contract, uploaded by the program."""
    return f"datasets/{dataset}/contract.json"


def last_contract_key(dataset: str) -> str:
    """Artifacts bucket: which run saw the contract last, and which one before."""
    return f"datasets/{dataset}/last_contract.json"


def baseline_key(dataset: str) -> str:
    """Artifacts bucket: the statistics that later data is held against."""
    return f"baselines/{dataset}/statistics.json"


def fine_baseline_key(dataset: str) -> str:
    """Artifacts bucket: finer counts of the same rows, for features that the statistics leave undecided."""
    return f"baselines/{dataset}/fine.parquet"


@dataclass(frozen=True)
class RunKeys:
    """Artifacts bucket: everything one pipeline run writes. The run id is the execution's name."""

    run_id: str

    @property
    def prefix(self) -> str:
        """Without a trailing slash, as the `run` object carries it."""
        return f"pipeline/{self.run_id}"

    def stage(self, name: str) -> str:
        """`data`, `checkpoints`, `model`, `evaluation` or `logs`, with a trailing slash."""
        return f"{self.prefix}/{name}/"

    @property
    def outcome(self) -> str:
        """How the run ended and why."""
        return f"{self.prefix}/outcome.json"

    @property
    def failure(self) -> str:
        """The failure record, of a run that failed."""
        return f"{self.prefix}/failure.json"

    @property
    def contract(self) -> str:
        """The dataset contract as this run found it."""
        return f"{self.stage('data')}contract.json"

    @property
    def landed(self) -> str:
        """Those landed files of the window that the run was planned with, each with its ETag."""
        return f"{self.stage('data')}landed.json"

    @property
    def landed_manifest(self) -> str:
        """The same files in SageMaker's ManifestFile form."""
        return f"{self.stage('data')}landed.manifest"

    @property
    def check_manifest(self) -> str:
        """Those of them that the processing job validates, in the same form."""
        return f"{self.stage('data')}check.manifest"

    @property
    def ingest_manifest(self) -> str:
        """Those of them whose records go to the Feature Store, in the same form."""
        return f"{self.stage('data')}ingest.manifest"

    @property
    def ingestion(self) -> str:
        """Prefix of what the hosts of the ingestion job report, a document each."""
        return f"{self.stage('data')}ingestion/"

    def file_report(self, key: str) -> str:
        """The validation report of a landed file, under its path below the prefix of its dataset."""
        return report_key(f"{self.stage('data')}reports/{key.split('/', 2)[-1]}")

    @property
    def manifest(self) -> str:
        """The Manifest of the training set."""
        return f"{self.stage('data')}manifest.json"

    @property
    def train(self) -> str:
        """Prefix of the training part: float32 features and `label`."""
        return f"{self.stage('data')}train/"

    @property
    def validation(self) -> str:
        """Prefix of the validation part, same columns as the training part."""
        return f"{self.stage('data')}validation/"

    @property
    def encoding(self) -> str:
        """Prefix that holds encoding.json alone, so that it can be a training channel."""
        return f"{self.stage('data')}encoding/"

    @property
    def test_inputs(self) -> str:
        """The hold-out rows as raw inputs: CSV without header, columns in the order of the encoding."""
        return f"{self.stage('data')}test/inputs/inputs.csv"

    @property
    def test_labels(self) -> str:
        """Prefix of labels.parquet: label, segments and event time, rows in the order of the inputs."""
        return f"{self.stage('data')}test/labels/"

    @property
    def statistics(self) -> str:
        """Prefix of statistics.json and fine.parquet, which can be a baseline, and of the shift report."""
        return f"{self.stage('data')}statistics/"

    @property
    def report(self) -> str:
        """The evaluator's report."""
        return f"{self.stage('evaluation')}report.json"


@dataclass(frozen=True, kw_only=True)
class ManifestFile:
    """One file of the training set; `path` is relative to the data prefix."""

    path: str
    rows: int
    size_bytes: int
    sha256: str

    @classmethod
    def read(cls, document: Document) -> ManifestFile:
        """Reads `files[i]`."""
        return cls(
            path=document.text("path"),
            rows=document.whole("rows"),
            size_bytes=document.whole("size_bytes"),
            sha256=document.text("sha256", SHA256),
        )


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Seals a training set: files, rows per split, schema and a SHA-256 over the content alone."""

    dataset: str
    contract_version: int
    files: tuple[ManifestFile, ...]
    rows: Mapping[str, int]
    rows_without_label: int
    schema: Mapping[str, str]
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "dataset": self.dataset,
            "contract_version": self.contract_version,
            "files": [asdict(file) for file in self.files],
            "rows": dict(self.rows),
            "rows_without_label": self.rows_without_label,
            "schema": dict(self.schema),
            "sha256": self.sha256,
        }

    @classmethod
    def from_dict(cls, value: object) -> Manifest:
        """Reads a manifest; raises ArtifactCorrupt naming the field, also for a hash that does not fit."""
        return read_document(value, "manifest", ArtifactCorrupt, _read_manifest)


def set_sha256(files: Iterable[ManifestFile]) -> str:
    """SHA-256 over (path, SHA-256) of every file in order of path: the order of listing does not matter."""
    lines = sorted(f"{file.path}\t{file.sha256}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read_manifest(document: Document) -> Manifest:
    manifest = Manifest(
        dataset=document.text("dataset"),
        contract_version=document.whole("contract_version", 1),
        files=document.items("files", ManifestFile.read),
        rows=document.nested("rows", lambda rows: {split: rows.whole(split) for split in SPLITS}),
        rows_without_label=document.whole("rows_without_label"),
        schema=document.nested("schema", lambda schema: {name: schema.text(name) for name in schema.names}),
        sha256=document.text("sha256", SHA256),
    )
    if manifest.sha256 != set_sha256(manifest.files):
        raise document.refuse("sha256", "it is not the hash of the files listed; the manifest was changed")
    return manifest
