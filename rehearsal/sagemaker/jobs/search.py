"""Hyperparameter candidates: random samples or a grid over the declared ranges, as plain arithmetic."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from typing import Any

from rehearsal.emulator.platform import ServiceError


def candidates(strategy: str, ranges: dict[str, Any], seed: int) -> Iterator[dict[str, str]]:
    """Yield hyperparameters as the strings SageMaker passes on: random without end, a grid in order."""
    if strategy == "Grid":
        yield from _grid(ranges)
        return
    chance = random.Random(seed)  # noqa: S311 - reproducible samples
    while True:
        yield _sample(ranges, chance)


def grid_size(ranges: dict[str, Any]) -> int:
    """Return the number of combinations; a grid takes categorical ranges only, as on AWS."""
    for field in ("IntegerParameterRanges", "ContinuousParameterRanges"):
        if ranges.get(field):
            raise ServiceError(
                "ValidationException", f"Strategy Grid takes categorical ranges only, not {field}."
            )
    return math.prod(len(item["Values"]) for item in ranges.get("CategoricalParameterRanges", []))


def _grid(ranges: dict[str, Any]) -> Iterator[dict[str, str]]:
    items = ranges.get("CategoricalParameterRanges", [])
    names = [item["Name"] for item in items]
    for values in itertools.product(*(item["Values"] for item in items)):
        yield dict(zip(names, values, strict=True))


def _sample(ranges: dict[str, Any], chance: random.Random) -> dict[str, str]:
    chosen = {
        item["Name"]: chance.choice(item["Values"]) for item in ranges.get("CategoricalParameterRanges", [])
    }
    for item in ranges.get("ContinuousParameterRanges", []):
        chosen[item["Name"]] = repr(_between(item, chance))
    for item in ranges.get("IntegerParameterRanges", []):
        low, high = int(item["MinValue"]), int(item["MaxValue"])
        chosen[item["Name"]] = str(min(high, max(low, round(_between(item, chance)))))
    return chosen


def _between(item: dict[str, Any], chance: random.Random) -> float:
    """Draw a number evenly on the range's scale; Auto is linear here."""
    low, high = float(item["MinValue"]), float(item["MaxValue"])
    scale = item.get("ScalingType", "Auto")
    if low > high or (scale == "Logarithmic" and low <= 0):
        raise ServiceError(
            "ValidationException", f"{item['Name']}: range {low} to {high} is invalid for {scale}."
        )
    if scale == "Logarithmic":
        return math.exp(chance.uniform(math.log(low), math.log(high)))
    if scale == "ReverseLogarithmic":
        return 1.0 - math.exp(chance.uniform(math.log(1.0 - high), math.log(1.0 - low)))
    return chance.uniform(low, high)
