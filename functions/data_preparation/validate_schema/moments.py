"""The first and the last of many moments, in microseconds since 1970, as the features job reads them: finer
ones are those of the microsecond they lie in."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from functions.data_preparation.validate_schema.leaf import microseconds

_TICKS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def moment_extremes(array: pa.Array) -> tuple[int, int] | tuple[None, None]:
    """(first, last) of timestamps without nulls; None where there are none. Their years may be any."""
    first, last = pc.min_max(array.view(pa.int64())).as_py().values()
    if first is None:
        return None, None
    per_second = _TICKS_PER_SECOND[array.type.unit]
    return microseconds(first, per_second), microseconds(last, per_second)
