"""A clock that is wrong for one process: what Python reads as the time of day, and what boto3 signs with.

Functions and containers run on this machine's own clock. The fault clock_jump sets theirs wrong where code
asks for it: `time.time()` and its kin, `datetime.now()` and its. Intervals (`time.monotonic()`) go on, as
they do when a clock is set. Nothing is touched, or loaded, as long as no clock has jumped.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import time_machine

_jump: time_machine.travel | None = None
_offset_seconds = 0.0


def set_clock(offset_seconds: float) -> None:
    """Let the clock be ahead of this machine's by that much, or behind it if negative."""
    global _jump, _offset_seconds
    if offset_seconds == _offset_seconds:
        return
    import time_machine

    if _jump:
        _jump.stop()
    _jump, _offset_seconds = None, offset_seconds
    if offset_seconds:
        _jump = time_machine.travel(timedelta(seconds=offset_seconds), tick=True)
        _jump.start()
