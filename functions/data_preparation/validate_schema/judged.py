"""A column of the contract as the gate judges it: what has to be known of a file's column for its rules."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.columns import Column
from contracts.dataset import Contract

# Distinct values kept of a column that has a list of categories but no bound on their number.
MAX_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Judged:
    """The column, whether features are made of it, as the endpoint has to take such a column's values, and
    whether rows are dated or split by it."""

    column: Column
    is_input: bool
    is_required: bool = False

    @property
    def name(self) -> str:
        """The column's."""
        return self.column.name

    @property
    def type(self) -> str:
        """The column's, of the contract's logical types."""
        return self.column.type

    @property
    def max_null_ratio(self) -> float:
        """The share of rows that may have no value: none where rows without one could not be used."""
        return 0.0 if self.is_required else self.column.max_null_ratio

    @property
    def bound(self) -> int | None:
        """How many distinct values matter; None when they are not asked for."""
        if self.column.max_cardinality is not None:
            return self.column.max_cardinality
        return MAX_KEPT if self.column.categories is not None else None

    @property
    def has_lines(self) -> bool:
        """Whether its values must be one line each."""
        return self.is_input and self.type == "categorical"

    @property
    def has_moments(self) -> bool:
        """Whether its moments must lie in certain years."""
        return self.is_input and self.type == "timestamp"


def judged(contract: Contract) -> list[Judged]:
    """The columns of the contract, in order."""
    inputs = {column.name for column in contract.input_columns}
    required = contract.required_columns
    return [Judged(one, one.name in inputs, one.name in required) for one in contract.columns]
