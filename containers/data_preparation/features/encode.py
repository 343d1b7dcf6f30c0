"""Applies a fitted encoding by column: the same features as `Encoding.encode_row`, for whole batches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from contracts.encoding import Encoding, FittedFeature
from contracts.transforms import LEVELLED
from features.measures import Floats, Measures

Columns = npt.NDArray[np.float32]


def encode_batch(encoding: Encoding, measures: Measures) -> Columns:
    """The features of a batch in the encoding's order (features x rows)."""
    columns = np.empty((len(encoding.features), measures.rows), dtype=np.float32)
    with np.errstate(over="ignore"):  # beyond float32 is infinity, for rows of a request too
        for column, feature in zip(columns, encoding.features, strict=True):
            column[:] = _encoded(feature, measures)
    return columns


def _encoded(feature: FittedFeature, measures: Measures) -> Floats:
    if feature.transform in LEVELLED:
        # By the very function that encodes a request: once a level, not once a row.
        return measures.levels(feature.column).mapped(feature.encoder(), feature.when_missing)
    numbers = measures.numbers(feature)
    if feature.transform == "bucket":
        buckets = np.searchsorted(feature.edges, numbers, side="right").astype(np.float64)
        return np.where(np.isnan(numbers), np.nan, buckets)
    if feature.missing is not None:
        numbers = np.where(np.isnan(numbers), feature.missing, numbers)
    is_scaled = (feature.center, feature.spread) != (0.0, 1.0)
    return (numbers - feature.center) / feature.spread if is_scaled else numbers
