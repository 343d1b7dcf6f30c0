"""The hyperparameters of a job: strings from SageMaker, checked and typed. Names and ranges are the
trainer's contract; an unknown name is refused because a misspelt one would be ignored in silence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from contracts.failures import ConfigurationRejected


def _whole(default: int, low: int, high: int) -> Any:
    return field(default=default, metadata={"low": low, "high": high})


def _real(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"low": low, "high": high})


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """What can be set for a job; ranges are inclusive. Zero switches `early_stopping_rounds` and
    `checkpoint_rounds` off."""

    num_boost_round: int = _whole(200, 1, 100_000)
    early_stopping_rounds: int = _whole(20, 0, 10_000)
    max_depth: int = _whole(6, 1, 20)
    max_bin: int = _whole(256, 2, 65_536)
    learning_rate: float = _real(0.1, 1e-6, 1.0)
    min_child_weight: float = _real(5.0, 0.0, 1e9)
    subsample: float = _real(1.0, 0.01, 1.0)
    reg_lambda: float = _real(1.0, 0.0, 1e9)
    reg_alpha: float = _real(0.0, 0.0, 1e9)
    gamma: float = _real(0.0, 0.0, 1e9)
    seed: int = _whole(20130101, 0, 2**31 - 1)
    checkpoint_seconds: float = _real(600.0, 0.0, 86_400.0)
    checkpoint_rounds: int = _whole(0, 0, 100_000)

    @classmethod
    def read(cls, path: Path) -> Hyperparameters:
        """The job's hyperparameters; raises ConfigurationRejected naming the field, the value and the
        range."""
        try:
            texts = json.loads(path.read_bytes()) if path.exists() else {}
        except ValueError as error:
            rule = f"it is not JSON: {error}"
            raise ConfigurationRejected.about("hyperparameters", path.name, rule) from error
        return cls.from_texts(texts)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Hyperparameters:
        """Types and checks strings by name; what is absent has its default."""
        known = {one.name: one for one in fields(cls)}
        unknown = sorted(set(texts) - set(known))
        if unknown:
            rule = f"it is unknown; known are {', '.join(sorted(known))}"
            raise ConfigurationRejected.about(f"hyperparameters.{unknown[0]}", texts[unknown[0]], rule)
        typed: dict[str, Any] = {name: _typed(known[name], text) for name, text in texts.items()}
        return cls(**typed)

    def booster_parameters(self) -> dict[str, Any]:
        """What xgboost takes. Nothing in it is random: its generators can't be restored from a checkpoint, so
        `subsample` is drawn by the loop and columns are not sampled."""
        names = (
            "max_depth",
            "max_bin",
            "learning_rate",
            "min_child_weight",
            "reg_lambda",
            "reg_alpha",
            "gamma",
        )
        chosen = {name: getattr(self, name) for name in names}
        return chosen | {
            "objective": "binary:logistic",
            "eval_metric": ["logloss", "auc"],
            "tree_method": "hist",
        }

    @property
    def identity(self) -> dict[str, Any]:
        """What may not change when a job resumes. Rate and lengths may: recoveries lower them on purpose."""
        changeable = {"num_boost_round", "early_stopping_rounds", "learning_rate"}
        changeable |= {"checkpoint_seconds", "checkpoint_rounds"}
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in changeable}


def _typed(known: Any, text: object) -> int | float:
    low, high = known.metadata["low"], known.metadata["high"]
    kind, rule = (int, "a whole number") if isinstance(known.default, int) else (float, "a number")
    try:
        value = kind(str(text))
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        name = f"hyperparameters.{known.name}"
        raise ConfigurationRejected.about(name, text, f"it must be {rule} from {low} to {high}")
    return value
