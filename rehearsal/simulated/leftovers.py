"""What no ended run may leave in its world, and what its record says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.simulated.world import BEFORE, World

UNDECIDED = "PendingManualApproval"


def outcomes(world: World) -> list[dict[str, Any]]:
    """The records that runs have written, in the order of their keys."""
    keys = [key for key in world.keys("pipeline/") if key.endswith("/outcome.json")]
    return [json.loads(world.objects[key].body) for key in keys]


def leftovers(world: World) -> Iterator[str]:
    """Jobs, locks, tokens, checkpoints, useless models, undecided packages, a release nobody vouches for."""
    yield from (f"job {job.name} is still running" for job in world.jobs.values() if job.ended_at is None)
    yield from (f"a dead letter: {body}" for body in world.dead_letters)
    yield from _locks(world)
    yield from _checkpoints(world)
    yield from (f"endpoint {name}" for name in world.endpoints if "-staging-" in name)
    used = {model for models in world.configs.values() for model in models}
    yield from (f"model {name}" for name in sorted(world.models.keys() - used))
    for arn, status in world.packages.items():
        if status == UNDECIDED:
            yield f"{arn} waits for a decision nobody will take"
    yield from _releases(world)
    yield from _earlier_attempts(world)


def _locks(world: World) -> Iterator[str]:
    for table in world.tables.values():
        for item in table.values():
            if "run_id" in item and item.get("id", {}).get("S") == "lock#run":
                if not world.facts.is_another_run_under_way:
                    yield f"the run lock is held by {item['run_id']['S']}"
            elif "holder" in item and not world.facts.is_deployment_locked:
                yield f"{item['endpoint_name']['S']} is locked by {item['holder']['S']}"
            elif "token" in item:
                yield f"the token of {item['approval_id']['S']} is still kept"


def _checkpoints(world: World) -> Iterator[str]:
    """A run that was stopped keeps its own, marked for the lifecycle: a redrive goes on from them."""
    for key, stored in world.objects.items():
        is_marked = stored.tags.get("kind") == "checkpoints"
        if "/checkpoints/" in key and not (is_marked and key.split("/")[1] in world.stopped_runs):
            yield f"object {key}"


def _releases(world: World) -> Iterator[str]:
    """What runs that were not deployed have put into production nevertheless; what serves may be approved."""
    if any(record["outcome"] == "Deployed" for record in outcomes(world)):
        return
    serving = {_serving(world, name) for name in world.endpoints} if world.stopped_runs else set()
    kept = {world.models.get(model) for config in serving for model in world.configs.get(config, ())}
    new = [arn for arn, status in world.packages.items() if status == "Approved" and "/before/" not in arn]
    yield from (f"{arn} is approved" for arn in new if arn not in kept)
    yield from (f"configuration {name}" for name in world.configs if name not in {BEFORE, *serving})
    yield from (
        f"endpoint {name} serves {_serving(world, name)}"
        for name in world.endpoints
        if _serving(world, name) not in {BEFORE, *serving}
    )


def _earlier_attempts(world: World) -> Iterator[str]:
    """What an attempt before a redrive made and nothing uses; the record says which attempt was the last."""
    last = {record["run"]["arn"]: record["attempt"] for record in outcomes(world)}
    serving = {_serving(world, name) for name in world.endpoints}
    for arn, attempt in world.attempts.items():
        kind, name = arn.split(":")[-1].split("/")
        is_there = kind == "endpoint-config" and name in world.configs and name not in serving
        if is_there and int(attempt) < last.get(world.owners[arn], 0):
            yield f"configuration {name} of an earlier attempt"


def _serving(world: World, name: str) -> str:
    endpoint = world.endpoint(name)
    return endpoint.config if endpoint else ""
