"""Services that are busy at the wrong moment."""

from __future__ import annotations

from typing import Any

from rehearsal.simulated.account.buckets import S3
from rehearsal.simulated.account.errors import refused
from rehearsal.simulated.account.registry import SageMaker
from rehearsal.simulated.world import World

NO_CALLS = frozenset({"exceptions", "get_paginator"})


class _Breaking:
    """Answers that many calls; the next one is refused, as after all of boto3's own retries."""

    _error: tuple[str, str]

    def __init__(self, world: World, calls_that_go_well: int) -> None:
        super().__init__(world)  # type: ignore[call-arg]  # the client's, which comes after this class
        self._left = calls_that_go_well

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name not in NO_CALLS:
            self._count()
        return super().__getattribute__(name)

    def _count(self) -> None:
        self._left -= 1
        if self._left == -1:
            raise refused(*self._error)


class BreakingS3(_Breaking, S3):
    """S3 that is asked too much."""

    _error = ("SlowDown", "Please reduce your request rate.")


class BreakingSageMaker(_Breaking, SageMaker):
    """SageMaker that is asked too much."""

    _error = ("ThrottlingException", "Rate exceeded")
