"""Deliveries of events to targets, as reliable as EventBridge promises: at least once, in any order."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

from rehearsal.emulator.faults import Faults

Deliver = Callable[..., None]


class Deliveries:
    """Stands in for the delivery of one event to one target; faults make it come twice, late or out of turn.

    A fault's kind is the source (aws.states), its name the detail type.
    """

    def __init__(self, faults: Faults, deliver: Deliver) -> None:
        self._faults = faults
        self._deliver = deliver
        self._held: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def __call__(self, target: dict[str, Any], event: dict[str, Any], *rest: Any) -> None:
        """Deliver, unless a fault has other plans with this event."""
        source, detail_type = _origin(event)
        context = contextvars.copy_context()  # the account and region that the target belongs to

        def deliver() -> None:
            context.copy().run(self._deliver, target, event, *rest)

        if self._faults.strike("event_reordered", source, detail_type):
            with self._lock:
                self._held.append(deliver)
            return
        late = self._faults.strike("event_late", source, detail_type)
        if late:
            _later(late["after_seconds"], deliver)
            return
        deliver()
        twice = self._faults.strike("event_twice", source, detail_type)
        if twice:
            _later(twice["after_seconds"], deliver)
        self._release()

    def _release(self) -> None:
        """Let go of what was held back until another event had come: that one has come now."""
        with self._lock:
            held, self._held = self._held, []
        for deliver in held:
            deliver()


def _origin(event: dict[str, Any]) -> tuple[str, str]:
    """Source and detail type, in either spelling: as the event has them, or as the entry put them."""
    source = event.get("source", event.get("Source", ""))
    return str(source), str(event.get("detail-type", event.get("DetailType", "")))


def _later(seconds: float, deliver: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, deliver)
    timer.daemon = True
    timer.start()
