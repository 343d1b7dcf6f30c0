"""The statistics of a run's features and their JSON form, which is the baseline of later runs. Categories
are counted by level, not by code: codes are refitted every run, levels are not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.dataset import Contract
from contracts.document import Document, read_document
from contracts.failures import ArtifactCorrupt
from features.distribution import LevelCounts, NumericCounts, thresholds_of
from features.encode import as_levels
from features.fit import FITTED

Counts = NumericCounts | LevelCounts
Thresholds = Mapping[str, npt.NDArray[np.float64]]


class Statistics:
    """Counts of every feature over all rows of the run, by fixed thresholds."""

    def __init__(self, contract: Contract, thresholds: Thresholds) -> None:
        self._contract = contract
        self.counts: dict[str, Counts] = {
            feature.name: (
                LevelCounts()
                if feature.transform in FITTED
                else NumericCounts(thresholds.get(feature.name, np.zeros(0)))
            )
            for feature in contract.features
        }

    def add(self, batch: pa.RecordBatch, features: npt.NDArray[np.float32]) -> None:
        """Counts one batch: raw levels of categories, encoded values of everything else."""
        for index, feature in enumerate(self._contract.features):
            counts = self.counts[feature.name]
            if isinstance(counts, LevelCounts):
                counts.add(as_levels(batch.column(feature.column)))
            else:
                counts.add(features[:, index].astype(np.float64))

    @property
    def null_ratio(self) -> float:
        """The share of missing values over all features."""
        missing = sum(counts.missing for counts in self.counts.values())
        return missing / max(1, missing + sum(counts.rows for counts in self.counts.values()))

    def to_dict(self) -> dict[str, Any]:
        """The baseline document."""
        return {
            "dataset": self._contract.name,
            "contract_version": self._contract.version,
            "null_ratio": round(self.null_ratio, 6),
            "features": {name: counts.to_dict() for name, counts in self.counts.items()},
        }


def sample_thresholds(contract: Contract, sample: npt.NDArray[np.float32]) -> Thresholds:
    """The thresholds of this run's own baseline, from a sample of its encoded rows."""
    return {
        feature.name: thresholds_of(sample[:, index].astype(np.float64))
        for index, feature in enumerate(contract.features)
    }


def read_baseline(path: Path, contract: Contract) -> dict[str, Counts]:
    """The counts of a stored baseline; raises ArtifactCorrupt when it is damaged or of another dataset."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArtifactCorrupt.about("baseline", str(error), "it is not JSON", "Remove it") from error
    dataset, counts = read_document(value, "baseline", ArtifactCorrupt, _read_baseline)
    if dataset != contract.name:
        raise ArtifactCorrupt.about("baseline.dataset", dataset, f"this run is about {contract.name}")
    return counts


def _read_baseline(document: Document) -> tuple[str, dict[str, Counts]]:
    document.whole("contract_version", 1)
    document.number("null_ratio", 0, 1)
    names = list(document.value("features"))
    counts = document.nested(
        "features", lambda features: {name: features.nested(name, _read_counts) for name in names}
    )
    return document.text("dataset"), counts


def _read_counts(document: Document) -> Counts:
    if document.one_of("kind", ("numeric", "categorical")) == "categorical":
        return LevelCounts.read(document)
    document.number("mean")
    return NumericCounts.read(document)
