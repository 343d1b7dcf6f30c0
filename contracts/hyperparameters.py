"""What each algorithm can be given: names, kinds and inclusive ranges, checked before a job is started and
again by the trainer, which is held to this table by a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Value = int | float | str


@dataclass(frozen=True)
class Range:
    """The values a hyperparameter may have, both ends included."""

    low: float
    high: float
    is_whole: bool = True

    def problem(self, value: Value) -> str | None:
        """What is wrong with a value; None when nothing is. Text, as SageMaker passes it, is read as a number."""
        kind = "a whole number" if self.is_whole else "a number"
        rule = f"must be {kind} from {self.low:g} to {self.high:g}"
        if isinstance(value, bool):
            return rule
        try:
            number = int(value) if isinstance(value, str) and self.is_whole else float(value)
        except ValueError:
            return rule
        is_fitting = self.low <= number <= self.high and not (self.is_whole and number != int(number))
        return None if is_fitting else rule


def _real(low: float, high: float) -> Range:
    return Range(low, high, is_whole=False)


RANGES: Mapping[str, Mapping[str, Range]] = {
    "xgboost": {
        "num_boost_round": Range(1, 100_000),
        "early_stopping_rounds": Range(0, 10_000),
        "max_depth": Range(1, 20),
        "max_bin": Range(2, 65_536),
        "learning_rate": _real(1e-6, 1),
        "min_child_weight": _real(0, 1e9),
        "subsample": _real(0.01, 1),
        "reg_lambda": _real(0, 1e9),
        "reg_alpha": _real(0, 1e9),
        "gamma": _real(0, 1e9),
        "seed": Range(0, 2**31 - 1),
        "checkpoint_seconds": _real(0, 86_400),
        "checkpoint_rounds": Range(0, 100_000),
    },
}


def problems(algorithm: str, values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Name and rule of every hyperparameter that is unknown to the algorithm or out of its range."""
    known = RANGES[algorithm]
    for name, value in values.items():
        if name not in known:
            yield name, f"is no hyperparameter of {algorithm}; known are {', '.join(sorted(known))}"
            continue
        rule = known[name].problem(value)
        if rule is not None:
            yield name, rule
