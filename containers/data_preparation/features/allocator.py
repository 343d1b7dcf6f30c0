"""Which allocator Arrow works with: much of what a job holds at its peak is memory that it gave back."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping


def spare_memory(platform: str = sys.platform, environment: MutableMapping[str, str] = os.environ) -> None:
    """Makes jemalloc Arrow's allocator on Linux, unless ARROW_DEFAULT_MEMORY_POOL is set already.

    Rows that stay (the sample) are taken between batches that go: glibc's heap then grew by 60 MB over a
    hundred batches, and mimalloc, Arrow's choice, keeps as much from the start. Arrow looks at it once, when
    it is imported.
    """
    if platform == "linux":
        environment.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
