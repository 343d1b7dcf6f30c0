"""Columns that tell the target almost alone: most often the answer itself, known only afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard.contract.profile import ColumnProfile

SUSPICIOUS_AUC = 0.95
LEAST_OF_A_LABEL = 10
LEAST_ROWS_PER_LEVEL = 50
_COMPARE = {"equals": pc.equal, "greater_than": pc.greater}

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def telling(
    columns: Sequence[ColumnProfile], target: ColumnProfile, rule: Mapping[str, Any]
) -> Iterator[tuple[str, float]]:
    """Columns, and the area under the ROC curve that each reaches alone on the file's first rows."""
    values = target.head
    if target.type != "categorical":
        values = values.cast(pa.float64(), safe=False)  # Arrow compares no whole numbers beyond 2^53
    labels = _COMPARE[rule["rule"]](values, rule["value"])
    has_label = pc.is_valid(labels)
    told = np.asarray(labels.filter(has_label).to_numpy(zero_copy_only=False), bool)
    if min(told.sum(), len(told) - told.sum()) < LEAST_OF_A_LABEL:
        return
    for column in columns:
        scores = _scores(column, column.head.filter(has_label), told)
        if scores is not None and (area := _area(scores, told)) >= SUSPICIOUS_AUC:
            yield column.name, area


def _scores(column: ColumnProfile, values: pa.Array, labels: Booleans) -> Floats | None:
    """Numbers as they are, a missing one as the least; of a category, the share of positives of its level."""
    if column.type in ("integer", "number", "boolean"):
        numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return np.where(np.isnan(numbers), -np.inf, numbers)
    if column.type != "categorical" or len(labels) < LEAST_ROWS_PER_LEVEL * column.levels:
        return None
    codes = pc.fill_null(values.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False) + 1
    rows, positives = np.bincount(codes), np.bincount(codes, weights=labels)
    return np.asarray((positives / np.maximum(rows, 1))[codes])


def _area(scores: Floats, labels: Booleans) -> float:
    """The share of pairs of a positive and a negative that the scores order, whichever way they point."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positives = int(labels.sum())
    pairs = positives * (len(labels) - positives)
    area = (ranks[labels].sum() - positives * (positives + 1) / 2) / pairs
    return float(max(area, 1 - area))
