"""SNS in a simulated world: subjects are kept, since people read those first."""

from __future__ import annotations

from typing import Any

from rehearsal.simulated.world import World


class Sns:
    """Publishes to nobody and remembers it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, **request: Any) -> dict[str, str]:
        """Keep the subject of an alert; what reviewers are asked is none."""
        if request["TopicArn"].endswith("-alerts"):
            self._world.alerts.append(request["Subject"])
        return {"MessageId": str(len(self._world.alerts))}
