"""The memory that engineering features takes: of one batch of rows, whatever the files hold, since rows are
read, encoded and counted a batch at a time."""

from __future__ import annotations

from contracts.batch import batch_bytes
from contracts.instances import Instance

GIB = 1024**3
# Interpreter, libraries, levels, moments and the sample, measured: below 0.2; and the further files that the
# job reads at a time where half a GiB holds their batches.
BASE_GIB = 1.0
SPARK_GIB = 2.0  # the driver's and the worker's Java heap


def needed_gib(values: int, instance: Instance, hosts: int) -> float:
    """What a job needs of a host: one batch on one machine; on a host of a cluster one a core, and Java."""
    batch_gib = batch_bytes(values) / GIB
    if hosts == 1:
        return BASE_GIB + batch_gib
    return BASE_GIB + SPARK_GIB + batch_gib * instance.vcpus
