"""What is known about a file's columns, whatever its format; the rules judge this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.document import Number
from contracts.file_report import Evidence, Violation


@dataclass(kw_only=True)
class ColumnFacts:
    """One column of a file. Facts that were not needed, or could not be had, stay None.

    The least and the greatest of moments are microseconds since 1970.
    """

    name: str
    stored_as: str
    has_fitting_type: bool
    narrow_float: str | None = None
    evidence: Evidence = "schema"
    nulls: int = 0
    misfits: int = 0
    first_misfit: str = ""
    minimum: Number | None = None
    maximum: Number | None = None
    categories: set[str] | None = None
    is_beyond_bound: bool = False
    several_lines: str | None = None
    """The first by the alphabet of the levels that are more than one line."""

    def widen(self, low: Number | None, high: Number | None) -> None:
        """Takes another range of values into minimum and maximum."""
        if low is not None:
            self.minimum = low if self.minimum is None else min(self.minimum, low)
        if high is not None:
            self.maximum = high if self.maximum is None else max(self.maximum, high)

    def add_categories(self, seen: set[str], bound: int) -> None:
        """Adds values; once there are more than the bound, no more are kept: the verdict is certain."""
        if self.categories is None:
            self.categories = set()
        if not self.is_beyond_bound:
            self.categories |= seen
            self.is_beyond_bound = len(self.categories) > bound

    def add_several_lines(self, level: str | None) -> None:
        """Takes a level of more than one line, or that there is none."""
        if level is not None:
            self.several_lines = level if self.several_lines is None else min(self.several_lines, level)

    def add_misfits(self, count: int, first: str) -> None:
        """Counts values that cannot be read as the column's type."""
        if count and not self.misfits:
            self.first_misfit = first
        self.misfits += count

    def add(self, other: ColumnFacts, bound: int | None) -> None:
        """Takes what is known about further rows of the same column."""
        self.nulls += other.nulls
        self.add_misfits(other.misfits, other.first_misfit)
        self.widen(other.minimum, other.maximum)
        self.add_several_lines(other.several_lines)
        if bound is not None and other.categories is not None:
            self.add_categories(other.categories, bound)


@dataclass(kw_only=True)
class FileFacts:
    """A file: its rows, its columns by name, and what is wrong with the file as a whole."""

    rows: int
    names: list[str]
    columns: dict[str, ColumnFacts]
    violations: list[Violation] = field(default_factory=list)


class Unreadable(Exception):  # noqa: N818  (carries the verdict, is no failure of ours)
    """The file cannot be read far enough to say anything about its columns."""

    def __init__(self, violations: list[Violation]) -> None:
        super().__init__(violations[0].seen)
        self.violations = violations
