"""What any algorithm needs from the process it runs in."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from trainer.paths import Paths

LOCAL_RANK = "LOCAL_RANK"


@dataclass(frozen=True)
class Job:
    """One training job: its folders, how it says a line, and whether it was asked to stop."""

    paths: Paths
    say: Callable[[str], None]
    should_stop: Callable[[], bool]


def is_worker() -> bool:
    """Whether another process of this host started this one to share its work."""
    return LOCAL_RANK in os.environ
