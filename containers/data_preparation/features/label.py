"""The target of a batch: whether the contract's rule holds for each row; rows without the value have no
label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.artifacts import SPLITS
from contracts.dataset import Target
from contracts.failures import DataMissing

LabelCounts = npt.NDArray[np.int64]
RULES: dict[str, Callable[[Any, float | str], Any]] = {
    "greater_than": pc.greater,
    "at_least": pc.greater_equal,
    "less_than": pc.less,
    "at_most": pc.less_equal,
    "equals": pc.equal,
}


def label_counts(splits: npt.NDArray[np.int64], labels: npt.NDArray[np.int8]) -> LabelCounts:
    """Rows by split (as in contracts.artifacts.SPLITS) and label."""
    return np.bincount(splits * 2 + labels, minlength=2 * len(SPLITS)).reshape(len(SPLITS), 2)


def refuse_one_label(target: Target, counts: LabelCounts) -> None:
    """Raises DataMissing for a split whose rows have one label: a model can neither learn from it nor be
    measured on it, and jobs would be paid to find out."""
    for split, (others, positives) in zip(SPLITS, counts.tolist(), strict=True):
        if others and positives:
            continue
        raise DataMissing.about(
            f"target of the {split} split",
            f"{target.column} {target.rule} {target.value}",
            f"it holds for {'all' if positives else 'none'} of its {others + positives:,} rows",
            "Widen the window or mend the rule",
        )


def labelled(batch: pa.RecordBatch, target: Target) -> tuple[pa.RecordBatch, npt.NDArray[np.int8]]:
    """The rows that have a label, and the labels as 0 and 1."""
    values = batch.column(target.column)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
        has_value = pc.not_equal(values, "")  # an empty text is missing, as in features
    else:
        has_value = pc.is_valid(values) if pa.types.is_integer(values.type) else pc.is_finite(values)
    has_value = pc.fill_null(has_value, False)
    if has_value.false_count:
        batch, values = batch.filter(has_value), values.filter(has_value)
    if pa.types.is_integer(values.type) and isinstance(target.value, float):
        values = values.cast(pa.float64(), safe=False)  # Arrow refuses to compare beyond 2^53
    labels = RULES[target.rule](values, target.value)
    return batch, labels.cast(pa.int8()).to_numpy(zero_copy_only=False)
