"""Where passes run: over some shards at a time in this process, or spread over a Spark cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import pyarrow as pa

from contracts.batch import batch_bytes, values_per_row
from contracts.dataset import Contract
from features.shard import Shard

Answer = TypeVar("Answer")
SIDE_BY_SIDE_BYTES = 512 * 1024 * 1024


class Engine(Protocol):
    """Runs a pass over every shard."""

    def map(self, function: Callable[[Shard], Answer], shards: Sequence[Shard]) -> Iterable[Answer]:
        """The answers in the order of the shards."""
        ...


class OneMachine:
    """A shard on every core, as far as their batches fit a bounded memory, whatever the rows."""

    def map(self, function: Callable[[Shard], Answer], shards: Sequence[Shard]) -> Iterator[Answer]:
        """The answers in the order of the shards, of which the first failure ends the pass."""

        def answer(shard: Shard) -> Answer:
            found = function(shard)
            pa.default_memory_pool().release_unused()
            return found

        most = min(len(shards), side_by_side(shards[0].contract, os.cpu_count() or 1))
        if most == 1:  # memory of another thread's would come on top
            yield from map(answer, shards)
            return
        with ThreadPoolExecutor(most) as threads:
            yield from threads.map(answer, shards)


def side_by_side(contract: Contract, cores: int) -> int:
    """How many shards are read at a time."""
    return max(1, min(cores, SIDE_BY_SIDE_BYTES // batch_bytes(values_per_row(contract))))
