"""What can be set for boosted trees, and what of it xgboost is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from trainer.hyperparameters import Hyperparameters, choice, real, whole

BOOSTER = ("max_depth", "max_bin", "learning_rate", "min_child_weight", "reg_lambda", "reg_alpha", "gamma")


@dataclass(frozen=True, kw_only=True)
class TreeHyperparameters(Hyperparameters):
    """Ranges are inclusive. Zero switches `early_stopping_rounds` and `checkpoint_rounds` off."""

    CHANGEABLE: ClassVar[frozenset[str]] = Hyperparameters.CHANGEABLE | {
        "num_boost_round",
        "early_stopping_rounds",
        "checkpoint_rounds",
    }

    algorithm: str = choice("xgboost")
    num_boost_round: int = whole(200, 1, 100_000)
    early_stopping_rounds: int = whole(20, 0, 10_000)
    max_depth: int = whole(6, 1, 20)
    max_bin: int = whole(256, 2, 65_536)
    learning_rate: float = real(0.1, 1e-6, 1.0)
    min_child_weight: float = real(5.0, 0.0, 1e9)
    subsample: float = real(1.0, 0.01, 1.0)
    reg_lambda: float = real(1.0, 0.0, 1e9)
    reg_alpha: float = real(0.0, 0.0, 1e9)
    gamma: float = real(0.0, 0.0, 1e9)
    checkpoint_rounds: int = whole(0, 0, 100_000)

    def booster_parameters(self) -> dict[str, Any]:
        """What xgboost takes. Nothing in it is random: its generators can't be restored from a checkpoint, so
        `subsample` is drawn by the loop and columns are not sampled."""
        return {name: getattr(self, name) for name in BOOSTER} | {
            "objective": "binary:logistic",
            "eval_metric": ["logloss", "auc"],
            "tree_method": "hist",
        }
