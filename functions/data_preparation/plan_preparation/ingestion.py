"""What of a run's data goes to the Feature Store: the newest months, for earlier ones are there since earlier
runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.landed import LandedFile

NOTHING: Mapping[str, Any] = {"inputs": [], "cluster": {}, "environment": {}}


def newest(files: Sequence[LandedFile], months: int) -> list[LandedFile]:
    """The files of the last months of a window, oldest first."""
    latest = sorted({file.month for file in files})[-months:]
    return [file for file in files if file.month in latest]
