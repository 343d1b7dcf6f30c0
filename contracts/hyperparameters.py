"""What each algorithm can be given: names, kinds and inclusive ranges, checked before a job is started and
again by the trainer, which is held to this table by a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Value = int | float | str


@dataclass(frozen=True)
class Range:
    """The numbers a hyperparameter may have, both ends included."""

    low: float
    high: float
    is_whole: bool = True

    def problem(self, value: Value) -> str | None:
        """What is wrong with a value; None when nothing is. Text is read as a number, as the trainer does."""
        kind = "a whole number" if self.is_whole else "a number"
        rule = f"must be {kind} from {self.low:.12g} to {self.high:.12g}"
        if isinstance(value, bool):
            return rule
        try:
            number = int(value) if isinstance(value, str) and self.is_whole else float(value)
        except ValueError:
            return rule
        is_fitting = self.low <= number <= self.high and not (self.is_whole and number != int(number))
        return None if is_fitting else rule


@dataclass(frozen=True)
class Words:
    """The words a hyperparameter may be."""

    words: tuple[str, ...]

    def problem(self, value: Value) -> str | None:
        """What is wrong with a value; None when nothing is."""
        return None if value in self.words else f"must be one of {', '.join(self.words)}"


def _real(low: float, high: float) -> Range:
    return Range(low, high, is_whole=False)


_OF_ALL: Mapping[str, Range | Words] = {
    "seed": Range(0, 2**31 - 1),
    "checkpoint_seconds": _real(0, 86_400),
    "folds": Range(0, 20),
    "fold": Range(0, 19),
    "fold_by": Words(("time", "hash")),
    "fold_window": Words(("expanding", "rolling")),
}

KNOWN: Mapping[str, Mapping[str, Range | Words]] = {
    "xgboost": {
        **_OF_ALL,
        "algorithm": Words(("xgboost",)),
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
        "checkpoint_rounds": Range(0, 100_000),
    },
    "torch": {
        **_OF_ALL,
        "algorithm": Words(("torch",)),
        "epochs": Range(1, 100_000),
        "early_stopping_epochs": Range(0, 10_000),
        "batch_size": Range(1, 1_048_576),
        "learning_rate": _real(1e-8, 10),
        "rate_schedule": Words(("cosine", "constant")),
        "warmup_epochs": _real(0, 100),
        "weight_decay": _real(0, 1),
        "hidden_layers": Range(0, 32),
        "hidden_units": Range(1, 16_384),
        "dropout": _real(0, 0.9),
        "embedding_size": Range(1, 256),
        "precision": Words(("auto", "float32", "tfloat32", "bfloat16", "float16")),
        "parallelism": Words(("replicated", "sharded")),
        "processes_per_host": Range(0, 16),
        "cuda_graph": Words(("auto", "off")),
        "checkpoint_steps": Range(0, 1_000_000_000),
    },
}


def problems(algorithm: str, values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Name and rule of every hyperparameter that is unknown to the algorithm, out of its range or at odds."""
    known = KNOWN[algorithm]
    for name, value in values.items():
        if name not in known:
            yield name, f"is no hyperparameter of {algorithm}; known are {', '.join(sorted(known))}"
            continue
        rule = known[name].problem(value)
        if rule is not None:
            yield name, rule
    if values.get("precision") == "float16" and values.get("parallelism") == "sharded":
        yield (
            "precision",
            "must be another with parallelism: sharded, where shards would scale apart: bfloat16",
        )


# A job that is given one of these trains on a part of the rows: only a sweep over folds may give them.
FOLD_NAMES = frozenset({"folds", "fold", "fold_by", "fold_window"})


def refusals(algorithm: str, given: Mapping[str, Value], *, uses_spot: bool) -> Iterator[tuple[str, str]]:
    """Name and rule of everything in `given` that no job may be started with."""
    for name in sorted(given.keys() & FOLD_NAMES):
        yield name, "is set by training.sweep.folds; leave it out"
    yield from problems(algorithm, given)
    if uses_spot and str(given.get("checkpoint_seconds", "")) in ("0", "0.0"):
        yield (
            "checkpoint_seconds",
            "must be above 0 on spot, which loses all without checkpoints; leave it out, or set "
            "training.spot.isUsed to false",
        )
