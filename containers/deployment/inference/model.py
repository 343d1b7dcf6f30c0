"""A trained model with its encoding: from raw rows to probabilities."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost

from contracts.encoding import Encoding, RowRefused
from contracts.failures import ArtifactCorrupt

Row = Mapping[str, object]


@dataclass(frozen=True)
class Prediction:
    """The probability that the target holds, and whether it reaches the model's threshold."""

    probability: float
    is_positive: bool


@dataclass(frozen=True)
class Model:
    """What /opt/ml/model holds: booster, encoding, threshold."""

    booster: xgboost.Booster
    encoding: Encoding
    threshold: float

    @classmethod
    def read(cls, folder: Path) -> Model:
        """Loads a model folder; raises ArtifactCorrupt naming the file that is absent or does not fit."""
        try:
            encoding = Encoding.from_dict(json.loads((folder / "encoding.json").read_bytes()))
            metadata = json.loads((folder / "metadata.json").read_bytes())
            # Requests run side by side, so one thread each; more would wait for each other.
            booster = xgboost.Booster({"nthread": 1}, model_file=folder / "model.ubj")
        except (OSError, ValueError, xgboost.core.XGBoostError) as error:
            raise ArtifactCorrupt.about("model", str(error), "its three files must be whole") from error
        if booster.feature_names != list(encoding.feature_names):
            rule = f"model.ubj was trained on {booster.feature_names}"
            raise ArtifactCorrupt.about("encoding.json", list(encoding.feature_names), rule)
        return cls(booster, encoding, float(metadata["threshold"]))

    def predict(self, rows: Sequence[Row]) -> list[Prediction]:
        """One prediction per row; raises RowsRefused with the row's number and field."""
        encoded = np.array([self._encode(number, row) for number, row in enumerate(rows)], dtype=np.float32)
        if not len(encoded):
            return []
        scores = self.booster.inplace_predict(encoded, validate_features=False)
        return [Prediction(float(score), bool(score >= self.threshold)) for score in scores]

    def _encode(self, number: int, row: Row) -> list[float]:
        try:
            return self.encoding.encode_row(row)
        except RowRefused as error:
            raise RowsRefused(f"row {number}: {error}") from error


class RowsRefused(ValueError):  # noqa: N818  (named as the failures are)
    """A request can't be answered as it is; the message names row, field, value and rule."""
