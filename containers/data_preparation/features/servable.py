"""Values that a column may hold and no request may: a model trained on them could not be asked about them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from contracts.columns import Column
from contracts.dataset import Contract
from contracts.document import Number
from contracts.failures import DataRejected
from contracts.servable import ALLOWED, BOUNDS, beyond, spelled
from functions.data_preparation.validate_schema.levels import least_of_several_lines

REMEDY = "Mend it, or land it as null"


def refuse_unservable(name: str, batch: pa.RecordBatch, contract: Contract) -> None:
    """Raises DataRejected with the file, the column and the value: the one that lies farthest out, or a level
    of several lines. The gate says the same of a file where it knows the values."""
    for column in contract.input_columns:
        for value in _unservable(column, batch.column(column.name)):
            rule = f"it must be a {ALLOWED[column.type]}"
            raise DataRejected.about(f"{name}, column {column.name}", value, rule, REMEDY)


def _unservable(column: Column, values: pa.Array) -> list[Number | str]:
    if column.type == "categorical":
        level = least_of_several_lines(values)
        return [] if level is None else [level]
    if column.type not in BOUNDS:
        return []
    numbers = values.view(pa.int64()) if pa.types.is_timestamp(values.type) else values
    ends = pc.min_max(numbers).as_py()
    return [spelled(column.type, one) for one in beyond(column.type, ends["min"], ends["max"])]
