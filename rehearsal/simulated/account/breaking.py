"""An S3 that is busy at the wrong moment."""

from __future__ import annotations

from typing import Any

from rehearsal.simulated.account.buckets import S3
from rehearsal.simulated.account.errors import refused
from rehearsal.simulated.world import World

OPERATIONS = frozenset(name for name in vars(S3) if not name.startswith("_") and name != "exceptions")


class BreakingS3(S3):
    """Answers that many calls; the next one gets SlowDown, as after all of boto3's own retries."""

    def __init__(self, world: World, calls_that_go_well: int) -> None:
        super().__init__(world)
        self._left = calls_that_go_well

    def __getattribute__(self, name: str) -> Any:
        if name in OPERATIONS:
            self._count()
        return super().__getattribute__(name)

    def _count(self) -> None:
        self._left -= 1
        if self._left == -1:
            raise refused("SlowDown", "Please reduce your request rate.")
