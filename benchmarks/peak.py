"""The most memory that a turn of a benchmark took."""

from __future__ import annotations

from pathlib import Path


def peak_mb() -> float:
    """The most memory of this process (Linux). Not ru_maxrss: that one counts what started us, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
