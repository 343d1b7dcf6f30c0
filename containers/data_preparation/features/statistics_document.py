"""The statistics of a run's features and their JSON form, which is the baseline of later runs. What is fitted
anew in every run would hide a shift, so it is left out: categories are counted by level, not by code, and
numbers before they are imputed, scaled or cut into buckets."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.dataset import Contract
from contracts.document import Document, read_document
from contracts.failures import ArtifactCorrupt
from contracts.transforms import LEVELLED
from features.distribution import FINE_THRESHOLDS, Counts, LevelCounts, NumericCounts, thresholds_of
from features.measures import Measures

Thresholds = Mapping[str, npt.NDArray[np.float64]]
NONE = np.zeros(0)


def united(parts: Iterable[Thresholds]) -> Thresholds:
    """Every threshold of each feature: what is counted at these once, `Statistics.at` gives for each part."""
    found: dict[str, npt.NDArray[np.float64]] = {}
    for part in parts:
        for name, thresholds in part.items():
            found[name] = np.union1d(found.get(name, NONE), thresholds)
    return found


class Statistics:
    """Counts of every feature over all rows of the run, numeric ones at fixed thresholds."""

    def __init__(self, contract: Contract, thresholds: Thresholds) -> None:
        self._contract = contract
        self._levels = {one.name: LevelCounts() for one in contract.features if one.transform in LEVELLED}
        self._numbers = {
            one.name: NumericCounts(thresholds.get(one.name, NONE))
            for one in contract.features
            if one.transform not in LEVELLED
        }

    @property
    def counts(self) -> dict[str, Counts]:
        """The counts by feature, in the contract's order."""
        found: dict[str, Counts] = {**self._levels, **self._numbers}
        return {one.name: found[one.name] for one in self._contract.features}

    def add(self, measures: Measures, only: Collection[str] | None = None) -> None:
        """Counts the features of one batch, or some of them only: levels of categories, the numbers of
        everything else."""
        for feature in self._contract.features:
            if only is not None and feature.name not in only:
                continue
            if feature.transform in LEVELLED:
                self._levels[feature.name].add(measures.levels(feature.column))
            else:
                self._numbers[feature.name].add(measures.numbers(feature))

    def merge(self, other: Statistics) -> None:
        """Adds what was counted of other rows at the same thresholds."""
        for name, levels in self._levels.items():
            levels.merge(other._levels[name])
        for name, numbers in self._numbers.items():
            numbers.merge(other._numbers[name])

    def at(self, thresholds: Thresholds) -> Statistics:
        """The same counts at some of the thresholds only, apart from these."""
        chosen = Statistics(self._contract, {})
        chosen._levels = deepcopy(self._levels)
        chosen._numbers = {name: one.at(thresholds.get(name, NONE)) for name, one in self._numbers.items()}
        return chosen

    @property
    def null_ratio(self) -> float:
        """The share of missing values over all features."""
        missing = sum(counts.missing for counts in self.counts.values())
        return missing / max(1, missing + sum(counts.rows for counts in self.counts.values()))

    @property
    def coarse(self) -> dict[str, Counts]:
        """The counts as the baseline document keeps them: up to 256 thresholds a feature."""
        return {
            name: counts.coarse() if isinstance(counts, NumericCounts) else counts
            for name, counts in self.counts.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """The baseline document."""
        return {
            "dataset": self._contract.name,
            "contract_version": self._contract.version,
            "null_ratio": round(self.null_ratio, 6),
            "features": {name: counts.to_dict() for name, counts in self.coarse.items()},
        }


def write_statistics(path: Path, statistics: Statistics) -> None:
    """Writes the baseline document, one feature a line: at most 10 KB each."""
    document = statistics.to_dict()
    features = document.pop("features")
    head = json.dumps(document, indent=1, ensure_ascii=False).removesuffix("\n}")
    lines = (
        f"  {json.dumps(name)}: {json.dumps(counts, separators=(',', ':'), ensure_ascii=False)}"
        for name, counts in features.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    body = ",\n".join(lines)
    path.write_text(f'{head},\n "features": {{\n{body}\n }}\n}}\n', encoding="utf-8")


def sample_thresholds(contract: Contract, sample: Measures) -> Thresholds:
    """The thresholds of this run's own baseline, up to 4,096 a feature, from a sample of its rows."""
    return {
        feature.name: thresholds_of(sample.numbers(feature), FINE_THRESHOLDS)
        for feature in contract.features
        if feature.transform not in LEVELLED
    }


def read_baseline(path: Path, contract: Contract) -> dict[str, Counts]:
    """The counts of a stored baseline; raises ArtifactCorrupt when it is damaged or of another dataset."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArtifactCorrupt.about("baseline", str(error), "it is not JSON", "Remove it") from error
    dataset, counts = read_document(value, "baseline", ArtifactCorrupt, _read_baseline)
    if dataset != contract.name:
        raise ArtifactCorrupt.about("baseline.dataset", dataset, f"this run is about {contract.name}")
    return counts


def _read_baseline(document: Document) -> tuple[str, dict[str, Counts]]:
    document.whole("contract_version", 1)
    document.number("null_ratio", 0, 1)
    counts = document.nested(
        "features", lambda features: {name: features.nested(name, _read_counts) for name in features.names}
    )
    return document.text("dataset"), counts


def _read_counts(document: Document) -> Counts:
    if document.one_of("kind", ("numeric", "categorical")) == "categorical":
        return LevelCounts.read(document)
    return NumericCounts.read(document)
