"""What tries, prunes and restores endpoints."""

from __future__ import annotations

from typing import Any

from contracts.failures import SmokeTestFailed
from functions.deployment.prune_generations import generations
from functions.deployment.restore_endpoint.restoration import Deployment, restore
from rehearsal.simulated.registry import SageMaker
from rehearsal.simulated.world import World


def smoke_test_endpoint(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Passes, or fails on the endpoint that the scenario says."""
    if world.facts.smoke == f"fails on {event['phase']}":
        raise SmokeTestFailed(f"row 3 of {event['endpoint_name']}: expected 0.1234, saw 0.9876")
    return {"requests": 25, "median_latency_milliseconds": 4.2}


def prune_generations(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Removes the oldest configurations of the world."""
    environment, sagemaker = world.environments["prune_generations"], SageMaker(world)
    names = generations.configurations(sagemaker, environment["CONFIG_PREFIX"])
    removed = generations.to_prune(names, event["in_use"], int(environment["KEPT_GENERATIONS"]))
    for name in removed:
        generations.remove(sagemaker, name)
    return {"removed": removed}


def restore_endpoint(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """One pass of the restoration."""
    return restore(SageMaker(world), Deployment.from_event(event))
