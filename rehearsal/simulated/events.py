"""The bus of a simulated account: runs that ended without a say reach the janitor, once, twice or late."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from rehearsal.asl.execution import Execution
from rehearsal.asl.ports import StatesError
from rehearsal.simulated.faults import EVENT_FAULTS, FUNCTION_FAULTS, RUN_UNFINISHED, Faults
from rehearsal.simulated.host import SimulatedHost
from rehearsal.simulated.stack import SimulatedStack
from rehearsal.simulated.world import World
from rehearsal.stepfunctions.observation import status_detail

UNFINISHED = ("ABORTED", "TIMED_OUT", "FAILED")
USUAL_SECONDS = 1.0
VISIBILITY_SECONDS = 360.0
MAX_RECEIVES = 60


class Events:
    """Takes the ends of executions and hands them to the janitor through its queue."""

    def __init__(self, host: SimulatedHost, stack: SimulatedStack) -> None:
        self._host, self._stack = host, stack
        self._deliveries: list[asyncio.Task[None]] = []

    def on_status(self, execution: Execution) -> None:
        """The rule `run-unfinished`: the pipeline's own executions, unfinished or redriven."""
        is_pipeline = execution.machine_arn == self._stack.machines["pipeline"].arn
        is_redriven_well = execution.status == "SUCCEEDED" and execution.redrive_count > 0
        if not is_pipeline or not (execution.status in UNFINISHED or is_redriven_well):
            return
        world = self._host.worlds[execution.name]
        if execution.status in ("ABORTED", "TIMED_OUT"):
            world.stopped_runs.add(execution.name)
        body = json.dumps({"detail": status_detail(execution)})
        faults = self._host.faults[execution.name]
        struck = faults.strike_all(RUN_UNFINISHED, EVENT_FAULTS)
        late = sum(fault.seconds for fault in struck if fault.what == "delivered_late")
        delays = [late] + [fault.seconds for fault in struck if fault.what == "delivered_twice"]
        for delay in delays:
            task = self._deliver(world, faults, body, USUAL_SECONDS + delay)
            self._deliveries.append(asyncio.get_running_loop().create_task(task))

    async def settle(self) -> None:
        """Wait until all that was sent is dealt with."""
        while self._deliveries:
            await self._deliveries.pop()

    async def _deliver(self, world: World, faults: Faults, body: str, delay: float) -> None:
        """As the queue does: again after its visibility timeout, until the janitor has taken the message."""
        await asyncio.sleep(delay)
        for _ in range(MAX_RECEIVES):
            event = {"Records": [{"messageId": "1", "body": body}]}
            fault = faults.strike(RUN_UNFINISHED, lambda one: one.what in FUNCTION_FAULTS)
            try:
                answer: dict[str, Any] = self._host.run_function(world, "stop_orphans", event, fault)
            except StatesError:  # the sandbox died
                answer = {"batchItemFailures": ["again"]}
            if not answer["batchItemFailures"]:
                return
            await asyncio.sleep(VISIBILITY_SECONDS)
        world.dead_letters.append(body)
