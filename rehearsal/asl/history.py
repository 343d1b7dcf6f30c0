"""The event history of one execution, in AWS's vocabulary, order and linkage."""

from __future__ import annotations

import asyncio
from typing import Any

from rehearsal.asl.ports import Clock, FatalError

MAX_EVENTS = 25_000
NOT_TRUNCATED = {"truncated": False}
_DETAILS_KEYS = {
    **{f"{kind}StateEntered": "stateEnteredEventDetails" for kind in
       ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")},
    **{f"{kind}StateExited": "stateExitedEventDetails" for kind in
       ("Pass", "Task", "Choice", "Wait", "Succeed", "Parallel", "Map")},
}  # fmt: skip


class HistoryFullError(FatalError):
    """The 25,000th event: AWS makes it the ExecutionFailed event."""

    def __init__(self) -> None:
        super().__init__(
            "States.Runtime", f"The execution reached the maximum number of history events ({MAX_EVENTS})."
        )


def _details_key(event_type: str) -> str:
    key = _DETAILS_KEYS.get(event_type)
    if key is None:
        key = _DETAILS_KEYS[event_type] = event_type[0].lower() + event_type[1:] + "EventDetails"
    return key


class History:
    """An execution's events; ids count from 1."""

    def __init__(self, clock: Clock) -> None:
        self.events: list[dict[str, Any]] = []
        self.is_sealed = False  # ended from outside: whatever still runs leaves no more events
        self._clock = clock

    def add(self, event_type: str, previous: int, details: dict[str, Any] | None = None) -> int:
        """Append an event and return its id; absent details (None values) are left out."""
        if self.is_sealed:
            raise asyncio.CancelledError
        if len(self.events) >= MAX_EVENTS - 1 and event_type != "ExecutionFailed":
            raise HistoryFullError
        event: dict[str, Any] = {
            "id": len(self.events) + 1,
            "previousEventId": previous,
            "type": event_type,
            "timestamp": round(self._clock.time(), 3),
        }
        if details is not None:
            event[_details_key(event_type)] = {
                key: value for key, value in details.items() if value is not None
            }
        self.events.append(event)
        return len(self.events)


class Chain:
    """One line of events: a machine's, a branch's or an iteration's; each event points at the one before."""

    def __init__(self, history: History, last: int = 0, origin: Chain | None = None) -> None:
        self.history = history
        self.last = last
        self._origin = origin
        self._is_cut = False

    def add(self, event_type: str, details: dict[str, Any] | None = None) -> int:
        """Append an event and let the line go on from it."""
        self.last = self.pass_by(event_type, details)
        return self.last

    def pass_by(self, event_type: str, details: dict[str, Any] | None = None) -> int:
        """Append an event that hangs off the line: what follows doesn't point at it."""
        if self.is_cut:
            raise asyncio.CancelledError
        return self.history.add(event_type, self.last, details)

    def fork(self) -> Chain:
        """A line of its own that starts where this one stands."""
        return Chain(self.history, self.last, self)

    def cut(self) -> None:
        """Let nothing more be added here or to forks: whoever still runs on them is about to be cancelled."""
        self._is_cut = True

    @property
    def is_cut(self) -> bool:
        """Whether this line or one it comes from was cut."""
        return self._is_cut or (self._origin is not None and self._origin.is_cut)
