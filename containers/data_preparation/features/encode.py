"""Applies a fitted encoding by column: the same features as `Encoding.encode_row`, for whole batches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.encoding import Encoding, FittedFeature
from contracts.fitted import WORD
from contracts.transforms import Feature
from features.calendar_parts import CALENDAR_PARTS

Floats = npt.NDArray[np.float64]


def encode_batch(encoding: Encoding, batch: pa.RecordBatch) -> npt.NDArray[np.float32]:
    """The features of a batch, one row each, in the encoding's order."""
    encoded = np.empty((batch.num_rows, len(encoding.features)), dtype=np.float32, order="F")
    with np.errstate(over="ignore"):  # beyond float32 is infinity, for rows of a request too
        for index, feature in enumerate(encoding.features):
            encoded[:, index] = encode_column(feature, batch.column(feature.column))
    return encoded


def encode_column(feature: FittedFeature, column: pa.Array) -> Floats:
    """One feature of a batch."""
    values = _transformed(feature, column)
    if feature.transform in ("is_missing", "one_hot") or feature.rates is not None:
        return values
    if feature.missing is not None:
        values = np.where(np.isnan(values), feature.missing, values)
    is_scaled = (feature.center, feature.spread) != (0.0, 1.0)
    return (values - feature.center) / feature.spread if is_scaled else values


def unfitted(feature: Feature, column: pa.Array) -> Floats:
    """What a feature makes of a column before anything learnt is applied: no imputation, scale or bucket."""
    transform = "number" if feature.transform == "bucket" else feature.transform
    fitted = FittedFeature(
        name=feature.name,
        column=feature.column,
        transform=transform,
        utc_offset_hours=feature.utc_offset_hours,
    )
    return encode_column(fitted, column)


def as_levels(column: pa.Array) -> pa.Array:
    """A categorical, text or boolean column as rows of a request spell it; an empty text is missing."""
    if pa.types.is_boolean(column.type):
        return column.cast(pa.string())
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def as_floats(column: pa.Array) -> Floats:
    """A numeric or boolean column as floats, null as NaN; not to be written to: they may be the column's.

    Whole numbers beyond 2^53 become the nearest float, as those of a request do.
    """
    numbers = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
    floats = numbers.cast(pa.float64(), safe=False)
    return np.asarray(pc.fill_null(floats, np.nan).to_numpy(zero_copy_only=False))


def _transformed(feature: FittedFeature, column: pa.Array) -> Floats:
    if feature.transform in CALENDAR_PARTS:
        return CALENDAR_PARTS[feature.transform](column, feature.utc_offset_hours)
    return _ENCODERS[feature.transform](feature, column)


def _number(_: FittedFeature, column: pa.Array) -> Floats:
    return as_floats(column)


def _signed_log(_: FittedFeature, column: pa.Array) -> Floats:
    numbers = as_floats(column)
    return np.asarray(np.copysign(np.log1p(np.abs(numbers)), numbers))


def _clock_hours(_: FittedFeature, column: pa.Array) -> Floats:
    clock = as_floats(column)
    return np.asarray(clock // 100 + clock % 100 / 60)


def _bucket(feature: FittedFeature, column: pa.Array) -> Floats:
    numbers = as_floats(column)
    buckets = np.searchsorted(feature.edges, numbers, side="right").astype(np.float64)
    return np.where(np.isnan(numbers), np.nan, buckets)


def _category(feature: FittedFeature, column: pa.Array) -> Floats:
    levels = as_levels(column)
    found = pc.index_in(levels, value_set=pa.array(feature.levels, pa.string()))
    codes = as_floats(pc.fill_null(found, len(feature.levels)))
    return np.where(_is_valid(levels), codes, np.nan)


def _one_hot(feature: FittedFeature, column: pa.Array) -> Floats:
    levels = as_levels(column)
    is_listed = pc.is_in(levels, value_set=pa.array(feature.levels, pa.string()))
    is_hot = np.asarray(is_listed.to_numpy(zero_copy_only=False)) != feature.is_other
    return np.asarray((is_hot & _is_valid(levels)).astype(np.float64))


def _rate(feature: FittedFeature, column: pa.Array) -> Floats:
    rates = dict(feature.rates or {})
    codes = pc.index_in(as_levels(column), value_set=pa.array(list(rates), pa.string()))
    table = np.array([*rates.values(), feature.prior])
    return np.asarray(table[pc.fill_null(codes, len(rates)).to_numpy(zero_copy_only=False)])


def _text_length(_: FittedFeature, column: pa.Array) -> Floats:
    return as_floats(pc.utf8_length(as_levels(column)))


def _word_count(_: FittedFeature, column: pa.Array) -> Floats:
    return as_floats(pc.count_substring_regex(as_levels(column), WORD))


def _is_missing(_: FittedFeature, column: pa.Array) -> Floats:
    is_text = pa.types.is_string(column.type)
    is_missing = ~_is_valid(as_levels(column) if is_text else column)
    if pa.types.is_floating(column.type):
        is_missing |= np.isnan(as_floats(column))
    return is_missing.astype(np.float64)


def _is_valid(column: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False))


_ENCODERS: dict[str, Callable[[FittedFeature, pa.Array], Floats]] = {
    "number": _number,
    "signed_log": _signed_log,
    "clock_hours": _clock_hours,
    "bucket": _bucket,
    "category": _category,
    "one_hot": _one_hot,
    "frequency": _rate,
    "target_rate": _rate,
    "text_length": _text_length,
    "word_count": _word_count,
    "is_missing": _is_missing,
}
