"""Task tokens: who waits for which, and what SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat do."""

from __future__ import annotations

import asyncio
from typing import Any

from rehearsal.asl.ports import Clock, Ids, StatesError


class TokenError(Exception):
    """A token nobody waits for; `code` is InvalidToken or TaskTimedOut, as the API answers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class _Waiting:
    def __init__(self, beat: float) -> None:
        self.result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.last_beat = beat


class Tokens:
    """All tokens of an engine."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._waiting: dict[str, _Waiting] = {}
        self._spent: set[str] = set()

    def issue(self) -> str:
        """A new token; results may be sent for it at once."""
        token = "AQ" + "".join(self._ids.uuid().replace("-", "") for _ in range(3))
        self._waiting[token] = _Waiting(self._clock.monotonic())
        return token

    def spend(self, token: str) -> None:
        """Forget a token whose task is over: later results are answered with TaskTimedOut."""
        if self._waiting.pop(token, None) is not None:
            self._spent.add(token)

    def check(self, token: str) -> None:
        """Raise TokenError unless a task waits for the token."""
        self._require(token)

    def succeed(self, token: str, output: Any) -> None:
        """Deliver a result; raises TokenError."""
        waiting = self._require(token)
        if not waiting.result.done():
            waiting.result.set_result(output)
        self.spend(token)

    def fail(self, token: str, error: str | None, cause: str | None) -> None:
        """Deliver a failure; raises TokenError."""
        waiting = self._require(token)
        if not waiting.result.done():
            waiting.result.set_exception(StatesError(error, cause))
            waiting.result.exception()  # a failure nobody awaits any more isn't worth a warning
        self.spend(token)

    def beat(self, token: str) -> None:
        """Note a heartbeat; raises TokenError."""
        self._require(token).last_beat = self._clock.monotonic()

    def pending(self) -> int:
        """How many tokens await a result."""
        return len(self._waiting)

    def future(self, token: str) -> asyncio.Future[Any]:
        """The future that a token's result resolves."""
        return self._waiting[token].result

    async def result(self, token: str, heartbeat_seconds: float | None) -> Any:
        """Wait for a token's result; a missed heartbeat raises HeartbeatMissedError."""
        waiting = self._waiting.get(token)
        if waiting is None:
            raise TokenError("TaskTimedOut", "The task is over.")
        if heartbeat_seconds is None:
            return await waiting.result
        waiting.last_beat = self._clock.monotonic()
        while not waiting.result.done():
            left = waiting.last_beat + heartbeat_seconds - self._clock.monotonic()
            if left <= 0:
                raise HeartbeatMissedError
            await asyncio.wait([waiting.result], timeout=left)
        return waiting.result.result()

    def _require(self, token: str) -> _Waiting:
        waiting = self._waiting.get(token)
        if waiting is not None:
            return waiting
        if token in self._spent:
            raise TokenError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        raise TokenError("InvalidToken", "Invalid Token: 'Invalid token'")


class HeartbeatMissedError(StatesError):
    """Reported as States.Timeout; a Retry or Catch may also name it States.HeartbeatTimeout."""

    def __init__(self) -> None:
        super().__init__("States.Timeout", None)
