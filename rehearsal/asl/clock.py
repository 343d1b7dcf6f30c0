"""Real and virtual time, system and seeded chance; in virtual time a Wait of a day takes no time."""

from __future__ import annotations

import asyncio
import random
import secrets
import selectors
import time
import uuid
from collections.abc import Coroutine
from typing import Any

VIRTUAL_EPOCH_SECONDS = 1_767_225_600.0  # 2026-01-01T00:00:00Z, where every virtual run begins


class SystemClock:
    """The machine's own time; sleeps really pass."""

    def time(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds on the running loop's scale."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Sleep that long in real time."""
        await asyncio.sleep(seconds)


class VirtualClock:
    """Time as a VirtualLoop tells it: it stands still while anything runs, and jumps when nothing can."""

    def time(self) -> float:
        """Seconds since the epoch, UTC, counted from VIRTUAL_EPOCH_SECONDS."""
        return VIRTUAL_EPOCH_SECONDS + asyncio.get_running_loop().time()

    def monotonic(self) -> float:
        """Seconds on the running loop's scale."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Return once the virtual time has passed."""
        await asyncio.sleep(seconds)


class SystemIds:
    """Identifiers and chance nobody can predict."""

    def uuid(self) -> str:
        """A version-4 UUID in its usual spelling."""
        return str(uuid.uuid4())

    def random(self) -> float:
        """A number in [0, 1)."""
        return secrets.SystemRandom().random()


class SeededIds:
    """Identifiers and chance that the same seed repeats."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret comes from it

    def uuid(self) -> str:
        """A version-4 UUID in its usual spelling."""
        return str(uuid.UUID(int=self._source.getrandbits(128), version=4))

    def random(self) -> float:
        """A number in [0, 1)."""
        return self._source.random()


class _JumpingSelector(selectors.DefaultSelector):
    """Polls instead of waiting, and tells its loop how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped_seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("Virtual time has nothing left to wait for: every task awaits something else.")
        self.skipped_seconds += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer as soon as nothing is ready; single-threaded only."""

    def __init__(self) -> None:
        self._jumping_selector = _JumpingSelector()
        super().__init__(self._jumping_selector)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping_selector.skipped_seconds


def run_virtual(main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end in virtual time and return its result; deterministic, given seeded Ids."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
