"""A transform with what it learnt from training rows, applied to one value at a time for serving; the
features container applies the same by column."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from contracts.document import Document
from contracts.transforms import SCALABLE, TRANSFORMS, read_edges

MISSING = math.nan
WORD = r"[^ \t\r\n]+"
RATED = frozenset({"target_rate", "frequency"})
Encoder = Callable[[Any], float]


@dataclass(frozen=True, kw_only=True)
class FittedFeature:
    """One model input: `(transform(value) - center) / spread`, or of `missing` where there is no value.

    `levels`: those of a category (code = index), or those that a one_hot is 1 for (is_other: 0 for).
    `rates` and `prior`: what a level stands for, and what an unseen or missing one does.
    """

    name: str
    column: str
    transform: str
    utc_offset_hours: float = 0.0
    levels: tuple[str, ...] = ()
    is_other: bool = False
    rates: Mapping[str, float] | None = None
    prior: float = 0.0
    edges: tuple[float, ...] = ()
    missing: float | None = None
    center: float = 0.0
    spread: float = 1.0

    @classmethod
    def read(cls, document: Document) -> FittedFeature:
        """Reads `features[i]`, with the parameters of its transform only."""
        transform = document.one_of("transform", TRANSFORMS)
        has_levels, has_rates = transform in ("category", "one_hot"), transform in RATED
        is_scalable = transform in SCALABLE
        return cls(
            name=document.text("name"),
            column=document.text("column"),
            transform=transform,
            utc_offset_hours=_optional(document, "utc_offset_hours", 0.0),
            levels=document.texts("levels") if has_levels else (),
            is_other=document.flag("is_other") if transform == "one_hot" else False,
            rates=_read_rates(document) if has_rates else None,
            prior=document.number("prior", 0, 1) if has_rates else 0.0,
            edges=read_edges(document) if transform == "bucket" else (),
            missing=document.number("missing") if is_scalable and document.has("missing") else None,
            center=_optional(document, "center", 0.0) if is_scalable else 0.0,
            spread=_spread(document) if is_scalable else 1.0,
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, with the parameters of this transform only."""
        parameters: dict[str, Any] = {"utc_offset_hours": self.utc_offset_hours or None}
        if self.transform in ("category", "one_hot"):
            parameters["levels"] = list(self.levels)
        if self.transform == "one_hot":
            parameters["is_other"] = self.is_other
        if self.rates is not None:
            parameters |= {"rates": dict(self.rates), "prior": self.prior}
        if self.transform == "bucket":
            parameters["edges"] = list(self.edges)
        parameters["missing"] = self.missing
        if (self.center, self.spread) != (0.0, 1.0):
            parameters |= {"center": self.center, "spread": self.spread}
        used = {name: value for name, value in parameters.items() if value is not None}
        return {"name": self.name, "column": self.column, "transform": self.transform, **used}

    def encoder(self) -> Encoder:
        """A function from a typed value that is not missing to the feature."""
        encode = self._by_fit() or self._by_rule()
        if (self.center, self.spread) == (0.0, 1.0):
            return encode
        center, spread = self.center, self.spread
        return lambda value: (encode(value) - center) / spread

    def _by_fit(self) -> Encoder | None:
        if self.transform == "category":
            codes = {level: float(code) for code, level in enumerate(self.levels)}
            return lambda level: codes.get(level, float(len(codes)))
        if self.transform == "one_hot":
            levels, is_other = frozenset(self.levels), self.is_other
            return lambda level: float((level in levels) != is_other)
        if self.rates is not None:
            rates, prior = self.rates, self.prior
            return lambda level: rates.get(level, prior)
        if self.transform == "bucket":
            edges = self.edges
            return lambda value: float(bisect_right(edges, value))
        return None

    def _by_rule(self) -> Encoder:
        if self.transform not in _OF_MOMENT:
            return _OF_VALUE[self.transform]
        offset, part = timedelta(hours=self.utc_offset_hours), _OF_MOMENT[self.transform]
        return lambda moment: float(part(moment + offset))

    @property
    def when_missing(self) -> float:
        """The feature of a missing value; NaN, which trees route, where nothing stands in for it."""
        if self.transform == "is_missing":
            return 1.0
        if self.transform == "one_hot":
            return 0.0
        if self.rates is not None:
            return self.prior
        return MISSING if self.missing is None else (self.missing - self.center) / self.spread


_OF_VALUE: Mapping[str, Encoder] = {
    "number": lambda value: float(value == "true") if isinstance(value, str) else float(value),
    "signed_log": lambda value: math.copysign(math.log1p(abs(value)), value),
    "clock_hours": lambda value: value // 100 + value % 100 / 60,
    "text_length": lambda text: float(len(text)),
    "word_count": lambda text: float(len(re.findall(WORD, text))),
    "is_missing": lambda _: 0.0,
}
_OF_MOMENT: Mapping[str, Callable[[Any], int]] = {
    "hour_of_day": lambda moment: int(moment.hour),
    "day_of_week": lambda moment: int(moment.weekday()),
    "is_weekend": lambda moment: int(moment.weekday() >= 5),
    "day_of_month": lambda moment: int(moment.day),
    "day_of_year": lambda moment: int(moment.timetuple().tm_yday),
    "month": lambda moment: int(moment.month),
    "quarter": lambda moment: (int(moment.month) + 2) // 3,
}


def _optional(document: Document, name: str, default: float) -> float:
    return document.number(name) if document.has(name) else default


def _spread(document: Document) -> float:
    spread = _optional(document, "spread", 1.0)
    if spread <= 0:
        raise document.refuse("spread", "it must be above 0")
    return spread


def _read_rates(document: Document) -> dict[str, float]:
    return document.nested(
        "rates", lambda rates: {level: float(rates.number(level, 0, 1)) for level in rates.names}
    )
