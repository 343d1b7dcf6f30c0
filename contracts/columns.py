"""The columns of a dataset contract: logical types and limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.document import Document, Number

NUMERIC_TYPES = frozenset({"integer", "number"})
COLUMN_TYPES = NUMERIC_TYPES | {"categorical", "text", "timestamp", "boolean"}
NAME = r"[a-z][a-z0-9_]{0,62}"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the landed files; limits that are None are not checked. Bounds are inclusive."""

    name: str
    type: str
    is_known_before_prediction: bool
    max_null_ratio: float = 1.0
    minimum: Number | None = None
    maximum: Number | None = None
    max_cardinality: int | None = None
    categories: tuple[str, ...] | None = None

    @property
    def has_range(self) -> bool:
        """Whether its values have a least or a greatest one allowed."""
        return self.minimum is not None or self.maximum is not None

    @classmethod
    def read(cls, document: Document) -> Column:
        """Reads `columns[i]`; limits that do not belong to the type are refused."""
        kind = document.one_of("type", COLUMN_TYPES)
        _refuse_foreign_limits(document, kind)
        column = cls(
            name=document.text("name"),
            type=kind,
            is_known_before_prediction=document.flag("is_known_before_prediction"),
            max_null_ratio=document.number("max_null_ratio", 0, 1) if document.has("max_null_ratio") else 1.0,
            minimum=document.number("min") if document.has("min") else None,
            maximum=document.number("max") if document.has("max") else None,
            max_cardinality=document.whole("max_cardinality", 1) if document.has("max_cardinality") else None,
            categories=document.texts("categories") if document.has("categories") else None,
        )
        _refuse_contradictions(document, column)
        return column

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without limits that are not set."""
        limits = {
            "min": self.minimum,
            "max": self.maximum,
            "max_cardinality": self.max_cardinality,
            "categories": None if self.categories is None else list(self.categories),
        }
        return {
            "name": self.name,
            "type": self.type,
            "max_null_ratio": self.max_null_ratio,
            **{key: value for key, value in limits.items() if value is not None},
            "is_known_before_prediction": self.is_known_before_prediction,
        }


def _refuse_contradictions(document: Document, column: Column) -> None:
    low, high = column.minimum, column.maximum
    if low is not None and high is not None and low > high:
        raise document.refuse("min", f"it must not exceed max, which is {high}")
    if column.categories is None:
        return
    if not column.categories:
        raise document.refuse("categories", "no value could keep it; name them, or leave it out")
    listed = len(column.categories)
    if column.max_cardinality is not None and column.max_cardinality < listed:
        raise document.refuse("max_cardinality", f"categories allows {listed} values; raise it")


def _refuse_foreign_limits(document: Document, kind: str) -> None:
    belongs = {"min": NUMERIC_TYPES, "max": NUMERIC_TYPES}
    belongs |= dict.fromkeys(("max_cardinality", "categories"), frozenset({"categorical"}))
    for limit, kinds in belongs.items():
        if document.has(limit) and kind not in kinds:
            raise document.refuse(
                limit, f"it does not belong to a column of type {kind}, only to {', '.join(sorted(kinds))}"
            )
