"""Where the candidates of a lap stand, best first: what the report shows and the reason is made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MISSING_CHARACTERS = 300


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a candidate did: its objective, or mean and sample standard deviation over its folds. One that
    failed, or has a fold missing, is not comparable: it has neither, and `missing` says why."""

    id: str
    mean: float | None
    deviation: float | None = None
    billable_seconds: int = 0
    missing: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without what there is not; reasons are cut, since a state carries all of them."""
        fields = {**vars(self), "missing": self.missing[:MISSING_CHARACTERS]}
        return {name: value for name, value in fields.items() if value not in (None, "")}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All standings by an objective (`folds` is 0 without any), and the reason for the first in words."""

    metric: str
    folds: int
    standings: tuple[Standing, ...]
    explanation: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {**vars(self), "standings": [one.to_dict() for one in self.standings]}


def ordered(standings: Sequence[Standing], direction: str) -> tuple[Standing, ...]:
    """Best first; of equals the one that varies least, then the cheaper, then the first by id."""
    sign = -1 if direction == "maximize" else 1

    def place(one: Standing) -> tuple[bool, float, float, int, str]:
        mean = math.inf if one.mean is None else sign * one.mean
        return one.mean is None, mean, one.deviation or 0.0, one.billable_seconds, one.id

    return tuple(sorted(standings, key=place))
