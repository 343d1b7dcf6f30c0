"""The calendar parts of moments in a fixed offset from UTC, by column; missing is NaN."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
MICROSECONDS_PER_HOUR = 3_600_000_000
DAYS_FROM_MONDAY_TO_1970 = 3


def _part(of_hours: Callable[[Integers], npt.NDArray[np.generic]]) -> Callable[[pa.Array, float], Floats]:
    """A calendar part of a column from what it is of whole local hours since 1970."""

    def of_column(column: pa.Array, utc_offset_hours: float) -> Floats:
        moments = pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
        local = moments + round(utc_offset_hours * MICROSECONDS_PER_HOUR)
        parts = of_hours(np.asarray(local // MICROSECONDS_PER_HOUR)).astype(np.float64)
        return parts if not column.null_count else np.where(column.is_valid(), parts, np.nan)

    return of_column


def _days(hours: Integers) -> npt.NDArray[np.datetime64]:
    return (hours // 24).astype("datetime64[D]")


def _months(hours: Integers) -> npt.NDArray[np.datetime64]:
    return _days(hours).astype("datetime64[M]")


def _weekday(hours: Integers) -> Integers:
    return np.asarray((hours // 24 + DAYS_FROM_MONDAY_TO_1970) % 7)


def _day_of_year(hours: Integers) -> Integers:
    return np.asarray((_days(hours) - _days(hours).astype("datetime64[Y]")).astype(np.int64) + 1)


def _day_of_month(hours: Integers) -> Integers:
    return (_days(hours) - _months(hours)).astype(np.int64) + 1


def _month(hours: Integers) -> Integers:
    return _months(hours).astype(np.int64) % 12 + 1


CALENDAR_PARTS: Mapping[str, Callable[[pa.Array, float], Floats]] = {
    "hour_of_day": _part(lambda hours: hours % 24),
    "day_of_week": _part(_weekday),
    "is_weekend": _part(lambda hours: _weekday(hours) >= 5),
    "day_of_month": _part(_day_of_month),
    "day_of_year": _part(_day_of_year),
    "month": _part(_month),
    "quarter": _part(lambda hours: (_month(hours) + 2) // 3),
}
