"""How a job's failure gets its name and where it is written."""

from __future__ import annotations

import errno
from pathlib import Path

from contracts.failure_line import failure_line
from contracts.failures import AlgorithmFailed, DiskFull, Failure, HostOutOfMemory

FULL = (errno.ENOSPC, errno.EDQUOT)


def named(error: Exception) -> Failure:
    """The failure that an exception stands for; its text without the library's own stack trace."""
    if isinstance(error, Failure):
        return error
    text = f"{type(error).__name__}: {error}".partition("Stack trace")[0].strip()
    if isinstance(error, OSError) and error.errno in FULL:
        return DiskFull(text)
    # Outside of a step (which names its batch) a GPU without room needs the same: a larger machine.
    is_memory = isinstance(error, MemoryError) or "bad_alloc" in text or "CUDA out of memory" in text
    return HostOutOfMemory(text) if is_memory else AlgorithmFailed(text)


def report(path: Path, failure: Failure) -> None:
    """Writes the failure file whole or not at all. The first of several processes is the one to believe:
    the others fail because it did."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(failure_line(failure), encoding="utf-8")
    unfinished.replace(path)
