"""Files that land in a simulated account: announced twice, late and in any order, they start one run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.asl.clock import run_virtual
from rehearsal.asl.execution import Execution
from rehearsal.asl.simulation import simulated_engine
from rehearsal.simulated.faults import Fault, Faults
from rehearsal.simulated.host import SimulatedHost
from rehearsal.simulated.stack import SimulatedStack
from rehearsal.simulated.world import Facts, World

VISIBILITY_SECONDS = 180.0
MAX_RECEIVES = 5  # then it is a dead letter
COUNTED = "count_landed"


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """S3's word that an object has landed, delivered that many seconds after the beginning."""

    key: str
    version: str
    after_seconds: float

    @property
    def body(self) -> str:
        """The event in the queue's message."""
        found = {"key": self.key, "version-id": self.version, "size": 1}
        return json.dumps({"detail": {"object": found}})


def land(
    stack: SimulatedStack,
    announcements: Sequence[Announcement],
    faults: tuple[Fault, ...] = (),
    seed: int = 1,
) -> list[Execution]:
    """Deliver them all and run what they start; the pipeline's executions, in order of their start."""
    result: list[Execution] = run_virtual(_land(stack, announcements, faults, seed))
    return result


async def _land(
    stack: SimulatedStack, announcements: Sequence[Announcement], faults: tuple[Fault, ...], seed: int
) -> list[Execution]:
    host = SimulatedHost(stack)
    engine = simulated_engine(host, seed)
    world, met = World(Facts(), stack.environments), Faults(faults)
    pipeline = stack.machines["pipeline"].arn

    def join(execution: Execution) -> None:
        if execution.machine_arn == pipeline:
            host.worlds[execution.name] = world
            host.faults.setdefault(execution.name, Faults(()))

    engine.on_status.append(join)
    await asyncio.gather(*(_deliver(host, world, met, one) for one in announcements))
    found = [one for one in list(engine.executions.values()) if one.machine_arn == pipeline]
    for execution in found:
        await engine.wait(execution.arn)
    await engine.close()
    return found


async def _deliver(host: SimulatedHost, world: World, faults: Faults, announcement: Announcement) -> None:
    """As the queue does: again after its visibility timeout, until the function has taken the message."""
    await asyncio.sleep(announcement.after_seconds)
    event = {"Records": [{"messageId": "1", "body": announcement.body}]}
    for _ in range(MAX_RECEIVES):
        fault = faults.strike(f"event/{COUNTED}", lambda one: one.what == "crashed_after_work")
        try:
            answer = host.run_function(world, COUNTED, event, fault)
        except Exception:  # whatever the sandbox dies of, the message comes again
            answer = {"batchItemFailures": ["again"]}
        if not answer["batchItemFailures"]:
            return
        await asyncio.sleep(VISIBILITY_SECONDS)
    world.dead_letters.append(announcement.body)
