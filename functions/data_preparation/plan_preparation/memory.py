"""The memory that engineering features takes: of one batch of rows, whatever the files hold, since rows are
read, encoded and counted a batch at a time."""

from __future__ import annotations

from contracts.dataset import Contract
from contracts.instances import Instance

GIB = 1024**3
ROWS_AT_ONCE = 32_768  # of the features container
# From above; what each further number a row added to the container's peak, as column and as feature: 61. The
# pages that a Parquet reader has open, a megabyte or two a column, are most of it.
VALUE_BYTES = 80
# Interpreter, libraries, levels, moments and the sample; measured: below 0.2.
BASE_GIB = 1.0
SPARK_GIB = 2.0  # the driver's and the worker's Java heap
MOST_HOT = 51  # what a one_hot becomes at most


def values_per_row(contract: Contract) -> int:
    """What a batch holds of a row: the columns that are read, and the features made of them."""
    columns = [one.name for one in contract.input_columns]
    others = [contract.target.column, contract.event_time, *contract.segments, *contract.split_key]
    features = sum(MOST_HOT if one.transform == "one_hot" else 1 for one in contract.features)
    return len({*columns, *others}) + features


def needed_gib(values: int, instance: Instance, hosts: int) -> float:
    """What a job needs of a host: one batch on one machine; on a host of a cluster one a core, and Java."""
    batch_gib = ROWS_AT_ONCE * values * VALUE_BYTES / GIB
    if hosts == 1:
        return BASE_GIB + batch_gib
    return BASE_GIB + SPARK_GIB + batch_gib * instance.vcpus
