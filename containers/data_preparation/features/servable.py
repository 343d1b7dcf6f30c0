"""Values that a column may hold and no request may: a model trained on them could not be asked about them."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset import Contract
from contracts.encoding import FIRST_YEAR, LARGEST_NUMBER, LAST_YEAR
from contracts.failures import DataRejected

BOUNDS = {
    "number": (-LARGEST_NUMBER, LARGEST_NUMBER, "numbers must be finite and fit 32 bits, as features do"),
    "timestamp": (
        datetime(FIRST_YEAR, 1, 1, tzinfo=UTC),
        datetime(LAST_YEAR, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        f"years must be from {FIRST_YEAR} to {LAST_YEAR}",
    ),
}
REMEDY = "The endpoint refuses such a value, so mend it or land it as null"


def refuse_unservable(name: str, batch: pa.RecordBatch, contract: Contract) -> None:
    """Raises DataRejected with the file, the column and the value: the one that lies farthest out, or the
    first level of several lines."""
    for column in contract.input_columns:
        if column.type == "categorical":
            _refuse_line_breaks(f"{name}, column {column.name}", batch.column(column.name))
        if column.type not in BOUNDS:
            continue
        low, high, rule = BOUNDS[column.type]
        kind = batch.column(column.name).type
        ends = pc.min_max(batch.column(column.name))
        if pc.less(ends["min"], pa.scalar(low, kind)).as_py():
            raise DataRejected.about(f"{name}, column {column.name}", _shown(ends["min"]), rule, REMEDY)
        if pc.greater(ends["max"], pa.scalar(high, kind)).as_py():
            raise DataRejected.about(f"{name}, column {column.name}", _shown(ends["max"]), rule, REMEDY)


def _refuse_line_breaks(path: str, levels: pa.Array) -> None:
    for line_break in ("\n", "\r"):
        if not pc.any(pc.match_substring(levels.dictionary, line_break)).as_py():
            continue
        rows = levels.dictionary_decode()  # not every name need occur
        has_one = pc.match_substring(rows, line_break)
        if pc.any(has_one).as_py():
            rule = "a level must be one line: batch transform takes every line for a row"
            raise DataRejected.about(path, rows.filter(has_one)[0].as_py(), rule, "Mend it")


def _shown(value: pa.Scalar) -> str:
    return str(value.cast(pa.string()).as_py())
