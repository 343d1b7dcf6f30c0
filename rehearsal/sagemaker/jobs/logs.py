"""A container's log lines on their way to CloudWatch Logs, sent in batches."""

from __future__ import annotations

import threading

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
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        """Add a line; the batch is sent when it is long, or soon."""
        with self._lock:
            self._lines.append(line)
            is_first, is_full = len(self._lines) == 1, len(self._lines) >= BATCH_LINES
        if is_full:
            self.flush()
        elif is_first:
            timer = threading.Timer(BATCH_SECONDS, self.flush)
            timer.daemon = True
            timer.start()

    def flush(self) -> None:
        """Send what is waiting."""
        with self._lock:
            lines, self._lines = self._lines, []
        if lines and self._is_permitted:
            self._platform.log_lines(self.group, self.stream, [line or " " for line in lines])
