"""A file on this machine, read the same way as an object in S3."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


class LocalFile:
    """Read-only and without a position, so that threads can share it; close it after use."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> LocalFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def range(self, start: int, end: int) -> bytes:
        """The bytes of [start, end), cut at the end of the file."""
        end = min(end, self.size)
        parts = []
        while start < end:
            part = os.pread(self._file.fileno(), end - start, start)
            if not part:
                break
            parts.append(part)
            start += len(part)
        return b"".join(parts)

    def chunks(self, size: int = 1024 * 1024) -> Iterator[bytes]:
        """The whole file, once, from front to back."""
        for start in range(0, self.size, size):
            yield self.range(start, start + size)
