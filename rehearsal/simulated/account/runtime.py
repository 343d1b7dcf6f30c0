"""Invocations of endpoints in a simulated world: right answers, unless the scenario wants wrong ones."""

from __future__ import annotations

import io
from typing import Any

from rehearsal.simulated.account.errors import Exceptions
from rehearsal.simulated.documents import PROBABILITY
from rehearsal.simulated.world import World


class SageMakerRuntime:
    """invoke_endpoint."""

    exceptions = Exceptions

    def __init__(self, world: World) -> None:
        self._world = world

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        """The score of one row."""
        phase = "staging" if "-staging-" in request["EndpointName"] else "live"
        is_wrong = self._world.facts.smoke == f"fails on {phase}"
        return {"Body": io.BytesIO(b"0.9876" if is_wrong else PROBABILITY.encode())}
