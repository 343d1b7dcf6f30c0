"""The configurations a run tries: one, or a sweep; a retrain lap draws new ones. Same seed, same draws."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.candidate import Candidate
from contracts.failures import ConfigurationRejected

Value = int | float | str


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What a sweep draws from; `space` holds the values each hyperparameter may take, `variants` whole
    configurations for the strategy of that name."""

    strategy: str
    max_candidates: int
    seed: int
    space: Mapping[str, Sequence[Value]]
    variants: Sequence[Mapping[str, Value]]


def plan_candidates(
    algorithm: str,
    base: Mapping[str, Value],
    overrides: Mapping[str, Value],
    sweep: Sweep,
    lap: int,
    is_sweep: bool,
) -> list[Candidate]:
    """The candidates of one lap. What a person overrides is not swept; every lap but the first draws anew."""
    free = {name: values for name, values in sweep.space.items() if name not in overrides}
    if is_sweep:
        draws = _first_sweep(free, sweep) if lap == 0 else _random(free, sweep, lap)
    else:
        draws = [{}] if lap == 0 else [_another(base, _random(free, sweep, lap))]
    return [
        Candidate(
            id=f"lap{lap}-{number}",
            algorithm=algorithm,
            hyperparameters=as_texts({**base, **draw, **overrides}),
        )
        for number, draw in enumerate(draws)
    ]


def fold_jobs(candidates: Sequence[Candidate], folds: Mapping[str, Any]) -> list[Candidate]:
    """Each configuration once a fold; the trainer cuts the rows."""
    return [
        replace(
            candidate,
            id=f"{candidate.id}-fold{number}",
            hyperparameters={
                **candidate.hyperparameters,
                "folds": str(folds["count"]),
                "fold": str(number),
                "fold_by": folds["by"],
                "fold_window": folds["window"],
            },
        )
        for candidate in candidates
        for number in range(folds["count"])
    ]


def _first_sweep(free: Mapping[str, Sequence[Value]], sweep: Sweep) -> list[dict[str, Value]]:
    if sweep.strategy == "variants":
        return [dict(variant) for variant in sweep.variants]
    return _grid(free, sweep) if sweep.strategy == "grid" else _random(free, sweep, 0)


def _another(base: Mapping[str, Value], draws: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """The first draw that differs from what was tried; with nothing to draw from, the same again."""
    different = [draw for draw in draws if any(base.get(name) != value for name, value in draw.items())]
    return different[0] if different else {}


def as_texts(hyperparameters: Mapping[str, Value]) -> dict[str, str]:
    """Hyperparameters as SageMaker takes them: strings, numbers in JSON's spelling."""
    return {name: as_text(value) for name, value in hyperparameters.items()}


def as_text(value: Value) -> str:
    """One of them."""
    return value if isinstance(value, str) else json.dumps(value)


def _grid(space: Mapping[str, Sequence[Value]], sweep: Sweep) -> list[dict[str, Value]]:
    points = 1
    for values in space.values():
        points *= len(values)
    if points > sweep.max_candidates:
        raise ConfigurationRejected(
            f"training.sweep.space has {points} points: above training.sweep.maxCandidates = "
            f"{sweep.max_candidates}; take fewer values, raise the bound, or use strategy: random"
        )
    return [dict(zip(space, point, strict=True)) for point in itertools.product(*space.values())]


def _random(space: Mapping[str, Sequence[Value]], sweep: Sweep, lap: int) -> list[dict[str, Value]]:
    """Distinct points in random order, every lap another stretch of the same shuffled order."""
    names = list(space)
    drawn: dict[str, dict[str, Value]] = {}
    source = random.Random(f"{sweep.seed}-{lap}")  # noqa: S311  (a draw that has to be repeatable, no secret)
    for _ in range(sweep.max_candidates * 20):
        point: dict[str, Any] = {name: source.choice(list(space[name])) for name in names}
        drawn.setdefault(json.dumps(point), point)
        if len(drawn) == sweep.max_candidates:
            break
    return list(drawn.values())
