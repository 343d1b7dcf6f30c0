"""How a run is explained and recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from functions.pipeline.explain_failure.explanation import explain
from functions.pipeline.record_outcome import record
from rehearsal.simulated.world import World


def explain_failure(_world: World, event: dict[str, Any]) -> dict[str, Any]:
    """The outcome, why and what next."""
    return explain(event["failure"]).to_dict()


def record_outcome(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Keeps the record and the alert in the world, and frees the pipeline if this run holds it."""
    if world.run_lock == event["run"]["id"]:
        world.run_lock = ""
    document = record.record_of(event, [], datetime.fromtimestamp(world.now, UTC))
    world.outcomes.append(document)
    alert = record.alert_of(document)
    if alert:
        world.alerts.append(alert["subject"])
    return {"outcome": document["outcome"], "why": document["why"]}
