"""Boosted trees as xgboost saved them. The library is imported by models of this kind only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import xgboost

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Trees:
    """A booster, computed by one thread: requests run side by side, and more would wait for each other."""

    booster: xgboost.Booster

    @classmethod
    def read(cls, path: Path) -> Trees:
        """Reads model.ubj; raises ValueError when it is damaged."""
        import xgboost

        # What xgboost raises is a ValueError.
        return cls(xgboost.Booster({"nthread": 1}, model_file=path))

    @property
    def feature_names(self) -> list[str]:
        """What it was trained on, in order."""
        return list(self.booster.feature_names or ())

    def scores(self, rows: Floats) -> Floats:
        """Probabilities (rows) of encoded rows (rows x features)."""
        answers: Floats = self.booster.inplace_predict(rows, validate_features=False)
        return answers
