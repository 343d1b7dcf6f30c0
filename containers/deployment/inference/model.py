"""A trained model with its encoding: from raw rows to probabilities."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from contracts.encoding import Encoding, RowRefused
from contracts.failures import ArtifactCorrupt
from inference.network import Network
from inference.trees import Trees

Row = Mapping[str, object]
Floats = npt.NDArray[np.float32]


class Scorer(Protocol):
    """A model of any kind."""

    @property
    def feature_names(self) -> list[str]:
        """What it was trained on, in order."""

    def scores(self, rows: Floats) -> Floats:
        """Probabilities (rows) of encoded rows (rows x features)."""


# What a folder may hold: one of these.
KINDS: Mapping[str, type[Trees] | type[Network]] = {"model.ubj": Trees, "model.npz": Network}


@dataclass(frozen=True)
class Prediction:
    """The probability that the target holds, and whether it reaches the model's threshold."""

    probability: float
    is_positive: bool


@dataclass(frozen=True)
class Model:
    """What /opt/ml/model holds: a scorer, its encoding, its threshold."""

    scorer: Scorer
    encoding: Encoding
    threshold: float

    @classmethod
    def read(cls, folder: Path) -> Model:
        """Loads a model folder; raises ArtifactCorrupt naming the file that is absent or does not fit."""
        present = [name for name in KINDS if (folder / name).exists()]
        if len(present) != 1:
            rule = f"there must be one of {', '.join(KINDS)}"
            raise ArtifactCorrupt.about("model", present, rule)
        try:
            encoding = Encoding.from_dict(json.loads((folder / "encoding.json").read_bytes()))
            threshold = float(json.loads((folder / "metadata.json").read_bytes())["threshold"])
            scorer = KINDS[present[0]].read(folder / present[0])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtifactCorrupt.about("model", str(error), "its three files must be whole") from error
        if scorer.feature_names != list(encoding.feature_names):
            rule = f"{present[0]} was trained on {scorer.feature_names}"
            raise ArtifactCorrupt.about("encoding.json", list(encoding.feature_names), rule)
        return cls(scorer, encoding, threshold)

    def predict(self, rows: Sequence[Row]) -> list[Prediction]:
        """One prediction per row; raises RowsRefused with the row's number and field."""
        encoded = np.array([self._encode(number, row) for number, row in enumerate(rows)], dtype=np.float32)
        if not len(encoded):
            return []
        scores = self.scorer.scores(encoded)
        return [Prediction(float(score), bool(score >= self.threshold)) for score in scores]

    def _encode(self, number: int, row: Row) -> list[float]:
        try:
            return self.encoding.encode_row(row)
        except RowRefused as error:
            raise RowsRefused(f"row {number}: {error}") from error


class RowsRefused(ValueError):  # noqa: N818  (named as the failures are)
    """A request can't be answered as it is; the message names row, field, value and rule."""
