"""Limits of columns whose numbers are stored with fewer bits than the limits are written with."""

from __future__ import annotations

import struct

SINGLE, HALF = "<f", "<e"


def stored(limit: float, packed: str) -> float:
    """The number that the type (`struct`'s format) stores for a limit: a column's 0.1 lies in the file as
    0.10000000149, and must not exceed a limit of 0.1 for it."""
    try:
        return float(struct.unpack(packed, struct.pack(packed, limit))[0])
    except OverflowError:  # beyond the type's range, so every value keeps it or none
        return limit
