"""The rows that the features job holds at a time, and the memory that they take: what the plan of a run
reckons with, and what the job keeps to."""

from __future__ import annotations

from contracts.dataset import Contract

ROWS_AT_ONCE = 32_768
# From above; what each further number a row added to the container's peak, as column and as feature: 61. The
# pages that a Parquet reader has open, a megabyte or two a column, are most of it.
VALUE_BYTES = 80
MOST_HOT = 51  # what a one_hot becomes at most


def values_per_row(contract: Contract) -> int:
    """What a batch holds of a row: the columns that are read, and the features made of them."""
    columns = [one.name for one in contract.input_columns]
    others = [contract.target.column, contract.event_time, *contract.segments, *contract.split_key]
    features = sum(MOST_HOT if one.transform == "one_hot" else 1 for one in contract.features)
    return len({*columns, *others}) + features


def batch_bytes(values: int) -> int:
    """The memory of a batch with so many values a row."""
    return ROWS_AT_ONCE * values * VALUE_BYTES
