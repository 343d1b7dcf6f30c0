"""What a person has to look at in an inferred contract: what data cannot say, and what looks unintended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contracts.document import shown
from trainyard.contract.keys import Key
from trainyard.contract.profile import ColumnProfile, Profile

NAMES_SHOWN = 8
# Text that stands for something else in all rows, and what to write instead.
_SPELLINGS = (
    (r"[+-]?\d+", "whole numbers", "cast it to integers"),
    (r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+", "numbers with a decimal comma", "write a point"),
    (r"[^\w\s]?\s?[+-]?[\d,]*\.?\d+\s?[^\w\s]?", "numbers with signs", "write digits and a point alone"),
    (
        r"(\d{4}([./-])\d{1,2}\2\d{1,2}|\d{1,2}([./-])\d{1,2}\3\d{2,4})([ T].*)?",
        "dates",
        "write moments such as 2013-01-01T05:00:00Z, or a column of timestamps",
    ),
)
# Whole numbers of this range, from 1990 to 2100, may count from 1970 in one of these units.
_SINCE_1970 = (631_152_000, 4_102_444_800)
_UNITS = {1: "seconds", 10**3: "milliseconds", 10**6: "microseconds", 10**9: "nanoseconds"}


def notes(
    document: Mapping[str, Any], profile: Profile, key: Key, leaks: Mapping[str, float]
) -> Iterator[str]:
    """One line each, the general one first."""
    target, rows = document["target"], f"first {len(profile.columns[0].head):,} rows"
    yield (
        f"Look at these: target (guessed: {target['column']} {target['rule']} {target['value']}), "
        "is_known_before_prediction of every column, primary_key, and the limits: numbers may lie as far "
        "outside of what was seen as that spans, nulls may be twice as many."
    )
    if leaks:
        told = _listed(f"{name} (AUC {area:.3f})" for name, area in leaks.items())
        yield (
            f"{told}: tells {target['column']} almost alone in the {rows}. If it is known only afterwards, "
            "set its is_known_before_prediction to false and drop its feature."
        )
    yield from _about_rows(profile, key, rows)
    yield from _about_columns(profile)
    yield from _about_left_out(profile)


def odd_spellings(profile: Profile) -> Iterator[str]:
    """Columns whose values are written as something else than what they mean."""
    found: dict[tuple[str, str], list[str]] = {}
    for column in profile.columns:
        unit = _unit_since_1970(column) if column.type == "integer" else None
        if unit:
            time = f"may be {unit} since 1970. To use it as time", "write a column of timestamps"
            found.setdefault(time, []).append(column.name)
        is_coded = column.type == "categorical" and all(map(str.isdecimal, column.texts))
        forms = _SPELLINGS if column.texts and not column.spelled_nulls and not is_coded else ()
        for form, meaning, remedy in forms:
            if all(re.fullmatch(form, text) for text in column.texts):
                example = f"{column.name} ({shown(max(sorted(column.texts), key=len))})"
                found.setdefault((f"text that holds {meaning}. To use them", remedy), []).append(example)
                break
    for (said, remedy), names in found.items():
        yield f"{_listed(names)}: {said}, {remedy}."


def _about_rows(profile: Profile, key: Key, rows: str) -> Iterator[str]:
    identifiers = [one.name for one in profile.columns if one.type == "integer" and one.is_identifier]
    if identifiers:
        yield f"{_listed(identifiers)}: another whole number in every row, so no feature and no limits."
    if key.repeated:
        yield (
            f"primary_key ({', '.join(key.columns)}) does not tell rows apart: {key.repeated:,} of the "
            f"{rows} have the key of another. The Feature Store keeps one record a key: name columns that "
            "do, or none where it is not used."
        )


def _about_columns(profile: Profile) -> Iterator[str]:
    constant: dict[str, list[str]] = {}
    nulls: dict[str, list[str]] = {}
    for one in profile.columns:
        if one.is_constant:
            constant.setdefault(f"{one.low:.15g}", []).append(one.name)
        for text in sorted(one.spelled_nulls):
            nulls.setdefault(text, []).append(one.name)
    for value, names in constant.items():
        yield f"{_listed(names)}: {value} in every row that has a value, so no feature; no other is allowed."
    for text, names in nulls.items():
        yield (
            f"{_listed(names)}: numbers and {text}, so it counts as text. Where that means no value, call "
            f"again with --null {text}."
        )
    if profile.zoneless:
        yield f"{_listed(profile.zoneless)}: moments without a time zone, taken for UTC."
    yield from odd_spellings(profile)


def _about_left_out(profile: Profile) -> Iterator[str]:
    for place in profile.nameless:
        yield f"Left out: column {place} has no name, as where pandas writes its index. To use it, name it."
    if profile.partial:
        yield f"Left out: {_listed(profile.partial)}: not in every file."
    known = {one.name for one in profile.columns}
    empty = [name for name, kind in profile.left_out.items() if kind == "null" and name not in known]
    if empty:
        yield f"Left out: {_listed(empty)}: no row has a value."
    for name, kind in profile.left_out.items():
        if kind != "null":
            yield (
                f"Left out: {name} is {kind}, a type that contracts do not know. To use it, write numbers, "
                "text, truth values or points in time (in CSV with an offset, such as 2013-01-01T05:00:00Z)."
            )


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - NAMES_SHOWN
    return ", ".join(every[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _unit_since_1970(column: ColumnProfile) -> str | None:
    if column.low is None or column.high is None:
        return None
    start, end = _SINCE_1970
    fitting = (unit for per, unit in _UNITS.items() if start * per <= column.low <= column.high <= end * per)
    return next(fitting, None)
