"""The features of a dataset contract: the closed list of transforms, the column types each takes and the
options each knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from contracts.columns import COLUMN_TYPES, NAME, NUMERIC_TYPES
from contracts.document import Document, Number

# A level's target rate counts as much as the overall rate once this many of its rows were seen.
PRIOR_ROWS = 200
LEVEL_TYPES = frozenset({"categorical", "boolean"})
TEXT_TYPES = frozenset({"text", "categorical"})
MOMENT_TYPES = frozenset({"timestamp"})
TRANSFORMS: Mapping[str, frozenset[str]] = {
    "number": NUMERIC_TYPES | {"boolean"},
    "signed_log": NUMERIC_TYPES,
    "clock_hours": frozenset({"integer"}),
    "bucket": NUMERIC_TYPES,
    "category": LEVEL_TYPES,
    "one_hot": LEVEL_TYPES,
    "frequency": LEVEL_TYPES,
    "target_rate": LEVEL_TYPES,
    "text_length": TEXT_TYPES,
    "word_count": TEXT_TYPES,
    "is_missing": COLUMN_TYPES,
    "hour_of_day": MOMENT_TYPES,
    "day_of_week": MOMENT_TYPES,
    "is_weekend": MOMENT_TYPES,
    "day_of_month": MOMENT_TYPES,
    "day_of_year": MOMENT_TYPES,
    "month": MOMENT_TYPES,
    "quarter": MOMENT_TYPES,
}
CALENDAR = frozenset(name for name, types in TRANSFORMS.items() if types == MOMENT_TYPES)
# They learn from the levels of a column, and shift is measured on those levels.
LEVELLED = frozenset(name for name, types in TRANSFORMS.items() if types == LEVEL_TYPES)
SCALABLE = frozenset({"number", "signed_log", "clock_hours", "text_length", "word_count"}) | CALENDAR
OPTIONS: Mapping[str, frozenset[str]] = {
    "utc_offset_hours": CALENDAR,
    "missing": SCALABLE,
    "scale": SCALABLE,
    "rare_share": frozenset({"category", "one_hot"}),
    "buckets": frozenset({"bucket"}),
    "edges": frozenset({"bucket"}),
}
IMPUTATIONS = frozenset({"mean", "median"})
SCALES = frozenset({"standard", "min_max", "robust"})
MAX_BUCKETS = 256


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One model input (one_hot: one per level) made of one column; options that are None are not used.

    `missing` is a number or the statistic of the training rows that stands in for a missing value.
    """

    name: str
    column: str
    transform: str
    utc_offset_hours: float = 0.0
    missing: str | Number | None = None
    scale: str | None = None
    rare_share: float = 0.0
    buckets: int | None = None
    edges: tuple[Number, ...] = ()

    @classmethod
    def read(cls, document: Document) -> Feature:
        """Reads `features[i]`; options of other transforms are refused."""
        transform = document.one_of("transform", TRANSFORMS)
        _refuse_foreign_options(document, transform)
        offset = document.number("utc_offset_hours", -14, 14) if document.has("utc_offset_hours") else 0.0
        feature = cls(
            name=document.text("name", NAME),
            column=document.text("column"),
            transform=transform,
            utc_offset_hours=offset,
            missing=_missing(document) if document.has("missing") else None,
            scale=document.one_of("scale", SCALES) if document.has("scale") else None,
            rare_share=document.number("rare_share", 0, 0.5) if document.has("rare_share") else 0.0,
            buckets=document.whole("buckets", 2, MAX_BUCKETS) if document.has("buckets") else None,
            edges=read_edges(document) if document.has("edges") else (),
        )
        if transform == "bucket" and (feature.buckets is None) == (not feature.edges):
            raise document.refuse("buckets", "a bucket takes either buckets, of equal shares, or edges")
        return feature

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without options that are not used."""
        options = {
            "utc_offset_hours": self.utc_offset_hours or None,
            "missing": self.missing,
            "scale": self.scale,
            "rare_share": self.rare_share or None,
            "buckets": self.buckets,
            "edges": list(self.edges) or None,
        }
        used = {name: value for name, value in options.items() if value is not None}
        return {"name": self.name, "column": self.column, "transform": self.transform, **used}


def read_edges(document: Document) -> tuple[Number, ...]:
    """`edges`, the inner borders of buckets: one or more numbers that rise strictly."""
    values = document.value("edges")
    if not isinstance(values, (list, tuple)) or len(values) >= MAX_BUCKETS:
        raise document.refuse("edges", f"it must be a list of fewer than {MAX_BUCKETS} numbers")
    numbers = document.child(
        {str(place): value for place, value in enumerate(values)},
        "edges",
        lambda part: [part.number(str(place)) for place in range(len(values))],
    )
    if any(left >= right for left, right in pairwise(numbers)):
        raise document.refuse("edges", "they must rise strictly")
    return tuple(numbers)


def _missing(document: Document) -> str | Number:
    if isinstance(document.value("missing"), str):
        return document.one_of("missing", IMPUTATIONS)
    return document.number("missing")


def _refuse_foreign_options(document: Document, transform: str) -> None:
    for option, transforms in OPTIONS.items():
        if document.has(option) and transform not in transforms:
            raise document.refuse(
                option, f"the transform {transform} does not take it, only {', '.join(sorted(transforms))}"
            )
