"""Where passes run: one shard after the other in this process, or spread over a Spark cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

import pyarrow as pa

from features.shard import Shard

Answer = TypeVar("Answer")


class Engine(Protocol):
    """Runs a pass over every shard."""

    def map(self, function: Callable[[Shard], Answer], shards: Sequence[Shard]) -> Iterable[Answer]:
        """The answers in the order of the shards."""
        ...


class OneMachine:
    """One shard after the other: memory holds one batch, whatever the rows."""

    def map(self, function: Callable[[Shard], Answer], shards: Sequence[Shard]) -> Iterator[Answer]:
        """The answers in the order of the shards, each when it is asked for."""
        for shard in shards:
            yield function(shard)
            pa.default_memory_pool().release_unused()
