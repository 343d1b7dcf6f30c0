"""Which columns tell rows apart, as far as the first rows of a file show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from trainyard.contract.profile import ColumnProfile

MOST_COLUMNS, MOST_CANDIDATES = 4, 50
_KEY_TYPES = frozenset({"integer", "text", "categorical", "timestamp"})


@dataclass(frozen=True)
class Key:
    """Columns, and how many of the first rows have the same values in them as an earlier one."""

    columns: tuple[str, ...]
    repeated: int


def proposed_key(columns: Sequence[ColumnProfile], event_time: ColumnProfile) -> Key:
    """An identifier, or the event time with the fewest other columns that make rows differ."""
    whole = [one for one in columns if one.type in _KEY_TYPES and not one.nulls][:MOST_CANDIDATES]
    identifier = next((one for one in whole if one.is_identifier), None)
    if identifier:
        return Key((identifier.name,), 0)
    chosen, rows = [event_time], len(event_time.head)
    found = _different(chosen)
    while found < rows and len(chosen) < MOST_COLUMNS:
        others = [one for one in whole if one not in chosen]
        counted = [(_different([*chosen, one]), one) for one in others]
        most, best = max(counted, key=lambda pair: pair[0], default=(0, event_time))
        if most <= found:
            break
        found, chosen = most, [*chosen, best]
    return Key(tuple(one.name for one in chosen), rows - found)


def _different(columns: Sequence[ColumnProfile]) -> int:
    table = pa.table({str(place): one.head for place, one in enumerate(columns)})
    return int(table.group_by(table.schema.names).aggregate([]).num_rows)
