"""Hyperparameters in general: strings from SageMaker, checked and typed. Names and ranges are the trainer's
contract; an unknown name is refused because a misspelt one would be ignored in silence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Self

from contracts.failures import ConfigurationRejected


def whole(default: int, low: int, high: int) -> Any:
    """A whole number in an inclusive range."""
    return field(default=default, metadata={"low": low, "high": high})


def real(default: float, low: float, high: float) -> Any:
    """A number in an inclusive range."""
    return field(default=default, metadata={"low": low, "high": high})


def choice(default: str, *others: str) -> Any:
    """One of a few words."""
    return field(default=default, metadata={"words": (default, *others)})


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """What can be set for a job of any algorithm; each algorithm adds its own. `folds` of zero trains on the
    whole training channel."""

    CHANGEABLE: ClassVar[frozenset[str]] = frozenset({"learning_rate", "checkpoint_seconds"})

    algorithm: str
    seed: int = whole(20130101, 0, 2**31 - 1)
    checkpoint_seconds: float = real(600.0, 0.0, 86_400.0)
    folds: int = whole(0, 0, 20)
    fold: int = whole(0, 0, 19)
    fold_by: str = choice("time", "hash")
    fold_window: str = choice("expanding", "rolling")

    def __post_init__(self) -> None:
        if self.folds and self.fold >= self.folds:
            rule = f"it counts from 0, so it must be below folds ({self.folds})"
            raise ConfigurationRejected.about("hyperparameters.fold", self.fold, rule)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Self:
        """Types and checks strings by name; what is absent has its default.

        Raises ConfigurationRejected naming the field, the value and the range.
        """
        known = {one.name: one for one in fields(cls)}
        unknown = sorted(set(texts) - set(known))
        if unknown:
            rule = f"it is unknown; known are {', '.join(sorted(known))}"
            raise ConfigurationRejected.about(f"hyperparameters.{unknown[0]}", texts[unknown[0]], rule)
        typed: dict[str, Any] = {name: _typed(known[name], text) for name, text in texts.items()}
        return cls(**typed)

    @property
    def identity(self) -> dict[str, Any]:
        """What may not change when a job resumes. Rates and lengths may: recoveries change them."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name not in self.CHANGEABLE}


def read_texts(path: Path) -> dict[str, str]:
    """The job's hyperparameters as SageMaker hands them over; raises ConfigurationRejected if they are not
    an object."""
    try:
        texts = json.loads(path.read_bytes()) if path.exists() else {}
    except ValueError as error:
        raise ConfigurationRejected.about("hyperparameters", path.name, f"it is not JSON: {error}") from error
    if not isinstance(texts, dict):
        raise ConfigurationRejected.about("hyperparameters", texts, "it must be an object of strings")
    return texts


def _typed(known: Field[Any], text: object) -> int | float | str:
    name = f"hyperparameters.{known.name}"
    if "words" in known.metadata:
        words: tuple[str, ...] = known.metadata["words"]
        if text not in words:
            raise ConfigurationRejected.about(name, text, f"it must be one of {', '.join(words)}")
        return str(text)
    low, high = known.metadata["low"], known.metadata["high"]
    kind, rule = (int, "a whole number") if isinstance(known.default, int) else (float, "a number")
    try:
        value = kind(str(text))
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ConfigurationRejected.about(name, text, f"it must be {rule} from {low} to {high}")
    return value
