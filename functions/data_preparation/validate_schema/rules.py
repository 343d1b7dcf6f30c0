"""The rules of a dataset contract, applied to the facts about one file. Every violation is reported."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from contracts.columns import Column
from contracts.dataset import Contract
from contracts.document import Number, shown
from contracts.file_report import FileReport, Violation
from contracts.servable import ALLOWED, beyond, spelled
from functions.data_preparation.validate_schema.facts import ColumnFacts, FileFacts
from functions.data_preparation.validate_schema.judged import Judged, judged
from functions.data_preparation.validate_schema.narrow_floats import stored

# How many columns and allowed categories, and how many foreign ones, a report lists.
NAMES_SHOWN, FOREIGN_SHOWN = 50, 5
COMPARED = 200  # names, each with every column that is missing
# What the features job can hold.
MAX_INTEGER = 2**63 - 1
# How text has to spell values of a type, where its name leaves that open.
SPELLED = {
    "integer": f"integer in digits, from {-MAX_INTEGER - 1} to {MAX_INTEGER}",
    "number": "number that is finite, such as -1.5 or 2e-3",
    "boolean": "boolean: true, false, 1 or 0",
    "timestamp": "timestamp with an offset and at most microseconds, such as 2013-01-01T05:00:00.123456Z",
}


def judge(file: str, contract: Contract, facts: FileFacts) -> FileReport:
    """The report on one file."""
    violations = [*facts.violations, *_about_names(contract, facts.names)]
    if facts.rows == 0 and not any(one.rule == "fields" for one in facts.violations):
        violations.append(Violation(column="", rule="rows", seen="0", allowed="at least 1"))
    for one in judged(contract):
        if one.name in facts.columns:
            violations += _about_column(one, facts.columns[one.name], facts.rows)
    evidence = {name: column.evidence for name, column in facts.columns.items()}
    return FileReport(file=file, rows=facts.rows, violations=tuple(violations), evidence=evidence)


def _about_names(contract: Contract, names: list[str]) -> Iterator[Violation]:
    unknown = sorted(set(names) - {column.name for column in contract.columns})
    for column in contract.columns:
        if column.name not in names:
            seen = _nearest(column.name, unknown) if names else "no columns"
            yield Violation(column=column.name, rule="present", seen=seen, allowed="present")
        elif names.count(column.name) > 1:
            times = f"{names.count(column.name)} times"
            yield Violation(column=column.name, rule="unique", seen=times, allowed="once")


def _nearest(name: str, unknown: Sequence[str]) -> str:
    """Which of the columns that the contract does not know may be meant: the one most alike, else any."""
    alike = get_close_matches(name, unknown[:COMPARED], n=1)
    if alike:
        return f"no such column, the nearest of another name is {alike[0]}"
    return f"no such column, of other names are {_listed(unknown)}" if unknown else "no such column"


def _about_column(one: Judged, facts: ColumnFacts, rows: int) -> Iterator[Violation]:
    column = one.column
    if not facts.has_fitting_type:
        yield _violation(column, "type", facts.stored_as, column.type)
        return
    if facts.misfits:
        seen = f"{facts.misfits} value(s) such as {shown(facts.first_misfit)}"
        yield _violation(column, "type", seen, SPELLED.get(column.type, column.type))
    if rows and facts.nulls / rows > one.max_null_ratio:
        seen = f"{facts.nulls / rows:.4g} ({facts.nulls} of {rows})"
        why = ", since rows are dated or split by it" if one.is_required else ""
        yield _violation(column, "max_null_ratio", seen, f"at most {one.max_null_ratio:g}{why}")
    yield from _about_range(column, facts)
    if one.is_input:
        yield from _about_requests(column, facts)
    yield from _about_categories(column, facts)


def _about_range(column: Column, facts: ColumnFacts) -> Iterator[Violation]:
    low, high = facts.minimum, facts.maximum
    if any(one is not None and math.isinf(one) for one in (low, high)):
        yield _violation(column, "type", f"values from {low} to {high}", "number that is finite")
    if column.type == "integer" and high is not None and high > MAX_INTEGER:
        yield _violation(column, "type", str(high), f"integer up to {MAX_INTEGER}")
    if column.minimum is not None and low is not None and -math.inf < low < _limit(column.minimum, facts):
        yield _violation(column, "min", shown(low), f"at least {shown(column.minimum)}")
    if column.maximum is not None and high is not None and math.inf > high > _limit(column.maximum, facts):
        yield _violation(column, "max", shown(high), f"at most {shown(column.maximum)}")


def _about_requests(column: Column, facts: ColumnFacts) -> Iterator[Violation]:
    """What no request may hold, so that no model is trained on it; infinity breaks the type already."""
    found: list[Number | str] = [
        spelled(column.type, value)
        for value in beyond(column.type, facts.minimum, facts.maximum)
        if not math.isinf(value)
    ]
    if facts.several_lines is not None:
        found.append(facts.several_lines)
    for value in found:
        yield _violation(column, "servable", shown(value), ALLOWED[column.type])


def _limit(limit: Number, facts: ColumnFacts) -> Number:
    return limit if facts.narrow_float is None else stored(limit, facts.narrow_float)


def _about_categories(column: Column, facts: ColumnFacts) -> Iterator[Violation]:
    if facts.categories is None:
        return
    if column.max_cardinality is not None and len(facts.categories) > column.max_cardinality:
        seen = f"more than {column.max_cardinality} different values"
        yield _violation(column, "max_cardinality", seen, f"at most {column.max_cardinality}")
    if column.categories is not None:
        foreign = sorted(facts.categories - set(column.categories))
        if foreign:
            least = "at least " if facts.is_beyond_bound else ""
            seen = f"{least}{len(foreign)} other value(s) such as {shown(foreign[:FOREIGN_SHOWN])}"
            yield _violation(column, "categories", seen, f"one of {_listed(column.categories)}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMES_SHOWN]) + (", …" if names[NAMES_SHOWN:] else "")


def _violation(column: Column, rule: str, seen: str, allowed: str) -> Violation:
    return Violation(column=column.name, rule=rule, seen=seen, allowed=allowed)
