"""Applies a fitted encoding by column: the same features as `Encoding.encode_row`, for whole batches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset import Feature
from contracts.encoding import Encoding, FittedFeature

Floats = npt.NDArray[np.float64]
MICROSECONDS_PER_HOUR = 3_600_000_000
DAYS_FROM_MONDAY_TO_1970 = 3


def encode_batch(encoding: Encoding, batch: pa.RecordBatch) -> npt.NDArray[np.float32]:
    """The features of a batch, one row each, in the encoding's order; missing is NaN (or a rate's prior)."""
    encoded = np.empty((batch.num_rows, len(encoding.features)), dtype=np.float32, order="F")
    for index, feature in enumerate(encoding.features):
        encoded[:, index] = _ENCODERS[feature.transform](feature, batch.column(feature.column))
    return encoded


def measure(feature: Feature, column: pa.Array) -> npt.NDArray[np.float32]:
    """A feature of a transform that learns nothing, straight from the contract."""
    fitted = FittedFeature(
        name=feature.name,
        column=feature.column,
        transform=feature.transform,
        utc_offset_hours=feature.utc_offset_hours,
    )
    return _ENCODERS[feature.transform](fitted, column).astype(np.float32)


def as_levels(column: pa.Array) -> pa.Array:
    """A categorical or boolean column as strings, as rows of a request spell them."""
    return column.cast(pa.string())


def as_floats(column: pa.Array) -> Floats:
    """A numeric or boolean column as floats, null as NaN."""
    floats = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    return np.array(pc.fill_null(floats.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False))


def _number(_: FittedFeature, column: pa.Array) -> Floats:
    return as_floats(column)


def _clock_hours(_: FittedFeature, column: pa.Array) -> Floats:
    clock = as_floats(column)
    return np.asarray(clock // 100 + clock % 100 / 60)


def _category(feature: FittedFeature, column: pa.Array) -> Floats:
    codes = as_floats(pc.index_in(as_levels(column), value_set=pa.array(feature.levels, pa.string())))
    codes[np.isnan(codes)] = len(feature.levels)
    codes[~_is_valid(column)] = np.nan
    return codes


def _target_rate(feature: FittedFeature, column: pa.Array) -> Floats:
    rates = dict(feature.rates or {})
    codes = pc.index_in(as_levels(column), value_set=pa.array(list(rates), pa.string()))
    table = np.array([*rates.values(), feature.prior])
    return np.asarray(table[pc.fill_null(codes, len(rates)).to_numpy(zero_copy_only=False)])


def _local_days(feature: FittedFeature, column: pa.Array) -> npt.NDArray[np.int64]:
    moments = pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    local = moments + round(feature.utc_offset_hours * MICROSECONDS_PER_HOUR)
    return np.asarray(local // (24 * MICROSECONDS_PER_HOUR))


def _day_of_week(feature: FittedFeature, column: pa.Array) -> Floats:
    weekday = (_local_days(feature, column) + DAYS_FROM_MONDAY_TO_1970) % 7
    return np.where(_is_valid(column), weekday.astype(np.float64), np.nan)


def _day_of_year(feature: FittedFeature, column: pa.Array) -> Floats:
    days = _local_days(feature, column).astype("datetime64[D]")
    ordinal = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64) + 1
    return np.where(_is_valid(column), ordinal.astype(np.float64), np.nan)


def _is_valid(column: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False))


_ENCODERS: dict[str, Callable[[FittedFeature, pa.Array], Floats]] = {
    "number": _number,
    "clock_hours": _clock_hours,
    "category": _category,
    "target_rate": _target_rate,
    "day_of_week": _day_of_week,
    "day_of_year": _day_of_year,
}
