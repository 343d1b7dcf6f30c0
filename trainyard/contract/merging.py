"""What several files hold together: one profile of the columns, those that all of them have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from contracts.failures import DataRejected
from trainyard.contract.profile import ColumnProfile, Profile


def merged(profiles: Mapping[Path, Profile]) -> Profile:
    """The profile of all files, settled; the first rows are those of the file with the most columns.

    Raises DataRejected where files write a column as different types, or CSV with different delimiters.
    """
    fullest = max(profiles, key=lambda path: len(profiles[path].columns))
    columns = {one.name: one for one in profiles[fullest].columns}
    partial = {one.name for profile in profiles.values() for one in profile.columns} - columns.keys()
    for path, profile in profiles.items():
        if path != fullest:
            partial |= _add(columns, path, profile)
    return Profile(
        columns=[one.settle() for one in profiles[fullest].columns if one.name not in partial],
        left_out={name: kind for one in profiles.values() for name, kind in one.left_out.items()},
        nameless=sorted({place for one in profiles.values() for place in one.nameless}),
        zoneless=sorted({name for one in profiles.values() for name in one.zoneless}),
        delimiter=_delimiter(profiles),
        partial=tuple(sorted(partial)),
    )


def _add(columns: Mapping[str, ColumnProfile], path: Path, profile: Profile) -> set[str]:
    """Takes the rows of another file; the columns that it does not have."""
    found = {one.name: one for one in profile.columns}
    rows = profile.columns[0].rows
    for name in columns.keys() & found.keys():
        _widen(columns[name], found[name], path)
    empty = {name for name, kind in profile.left_out.items() if kind == "null"} & columns.keys()
    for name in empty:
        columns[name].most_nulls = 1
        columns[name].rows += rows
        columns[name].nulls += rows
    return columns.keys() - found.keys() - empty


def _widen(column: ColumnProfile, other: ColumnProfile, path: Path) -> None:
    if {column.type, other.type} == {"integer", "number"}:
        column.type = "number"
    elif column.type != other.type:
        raise DataRejected(
            f"{column.name} is {other.type} in {path} and {column.type} in another file: write it in one "
            "way, or name with --null what stands for no value"
        )
    column.most_nulls = max(column.null_ratio, other.null_ratio)
    column.rows, column.nulls = column.rows + other.rows, column.nulls + other.nulls
    column.texts |= other.texts
    lows = [one for one in (column.low, other.low) if one is not None]
    highs = [one for one in (column.high, other.high) if one is not None]
    column.low, column.high = min(lows, default=None), max(highs, default=None)


def _delimiter(profiles: Mapping[Path, Profile]) -> str | None:
    found = {profile.delimiter: path for path, profile in profiles.items() if profile.delimiter}
    if len(found) > 1:
        said = " and ".join(f"{path} by {delimiter!r}" for delimiter, path in found.items())
        raise DataRejected(f"columns are told apart in {said}: a contract has one delimiter")
    return next(iter(found), None)
