"""A container's log lines on their way to CloudWatch Logs, sent in batches."""

from __future__ import annotations

import threading
import time

from rehearsal.emulator.platform import Platform

BATCH_SECONDS = 1.0
BATCH_LINES = 500


class LogStream:
    """Collects lines and sends them about once a second. A role that may not log loses them, as on AWS."""

    def __init__(self, platform: Platform, group: str, stream: str, *, is_permitted: bool = True) -> None:
        self.group = group
        self.stream = stream
        self._platform = platform
        self._is_permitted = is_permitted
        self._lines: list[str] = []
        self._sent_at = time.monotonic()
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        """Add a line; send when the batch is old or long."""
        with self._lock:
            self._lines.append(line)
            is_due = time.monotonic() - self._sent_at > BATCH_SECONDS or len(self._lines) >= BATCH_LINES
        if is_due:
            self.flush()

    def flush(self) -> None:
        """Send what is waiting."""
        with self._lock:
            lines, self._lines = self._lines, []
            self._sent_at = time.monotonic()
        if lines and self._is_permitted:
            self._platform.log_lines(self.group, self.stream, [line or " " for line in lines])
