"""Learns what the transforms need from training rows only: the levels of categories and the target's rate
per level."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.dataset import Contract, Feature
from contracts.encoding import Encoding, FittedFeature, InputColumn
from features.encode import as_levels

MAX_LEVELS = 255
PRIOR_ROWS = 200  # a level's rate counts as much as the overall rate once this many rows were seen
LEVELLED = {"category", "target_rate"}


class Fit:
    """Counts per level of the columns that need it; memory grows with levels, which the contract bounds."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        columns = dict.fromkeys(f.column for f in contract.features if f.transform in LEVELLED)
        self._rows: dict[str, Counter[str]] = {column: Counter() for column in columns}
        self._positives: dict[str, Counter[str]] = {column: Counter() for column in columns}
        self._labels = Counter({0: 0, 1: 0})

    def add(self, batch: pa.RecordBatch, labels: npt.NDArray[np.int8]) -> None:
        """Counts one batch of training rows."""
        self._labels.update({1: int(labels.sum()), 0: int(len(labels) - labels.sum())})
        for column, rows in self._rows.items():
            levels = as_levels(batch.column(column))
            table = pa.table({"level": levels, "label": pa.array(labels)}).filter(levels.is_valid())
            sums = table.group_by("level").aggregate([("label", "sum"), ("label", "count")]).to_pydict()
            rows.update(dict(zip(sums["level"], sums["label_count"], strict=True)))
            self._positives[column].update(dict(zip(sums["level"], sums["label_sum"], strict=True)))

    def merge(self, other: Fit) -> None:
        """Adds what the training rows of another shard taught."""
        self._labels.update(other._labels)
        for column in self._rows:
            self._rows[column].update(other._rows[column])
            self._positives[column].update(other._positives[column])

    def encoding(self) -> Encoding:
        """The encoding that the rows so far make."""
        return Encoding(
            dataset=self._contract.name,
            contract_version=self._contract.version,
            target=self._contract.target.name,
            input_columns=tuple(
                InputColumn(name=column.name, type=column.type) for column in self._contract.input_columns
            ),
            features=tuple(self._fitted(feature) for feature in self._contract.features),
        )

    def _fitted(self, feature: Feature) -> FittedFeature:
        is_rate = feature.transform == "target_rate"
        return FittedFeature(
            name=feature.name,
            column=feature.column,
            transform=feature.transform,
            utc_offset_hours=feature.utc_offset_hours,
            levels=self._levels(feature.column) if feature.transform == "category" else (),
            rates=self._rates(feature.column) if is_rate else None,
            prior=round(self._prior, 9) if is_rate else 0.0,
        )

    def _levels(self, column: str) -> tuple[str, ...]:
        by_frequency = sorted(self._rows[column].items(), key=lambda item: (-item[1], item[0]))
        return tuple(level for level, _ in by_frequency[:MAX_LEVELS])

    @property
    def _prior(self) -> float:
        return self._labels[1] / max(1, self._labels.total())

    def _rates(self, column: str) -> dict[str, float]:
        positives, pseudo = self._positives[column], PRIOR_ROWS * self._prior
        rows = sorted(self._rows[column].items())
        return {level: round((positives[level] + pseudo) / (n + PRIOR_ROWS), 9) for level, n in rows}
