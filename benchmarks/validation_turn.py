"""One competitor's turn in a process of its own, which imports nothing but what the turn needs: the time of
the whole process is that of the competitor.

    python -m benchmarks.validation_turn NAME FILE
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.peak import peak_mb
from benchmarks.validation_peers import COMPETITORS


def turn(name: str, path: Path) -> dict[str, Any]:
    """Seconds on the clock and of the processor without imports, the process's peak, and what was found."""
    work = COMPETITORS[name](path)
    started, processor = time.perf_counter(), time.process_time()
    found = work()
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    return {
        "seconds": seconds,
        "processor": processor,
        "peak_mb": peak_mb(),
        "found": None if found is None else sorted(found),
    }


if __name__ == "__main__":
    print(json.dumps(turn(sys.argv[1], Path(sys.argv[2]))))
