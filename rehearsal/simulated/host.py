"""The host of simulated runs: every call is answered by a fault that is due or by the run's own world."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from contracts.failures import Failure
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution
from rehearsal.asl.ports import StatesError, TaskCall
from rehearsal.asl.simulation import Reply, Simulation
from rehearsal.asl.tokens import TokenError
from rehearsal.asl.wire import dumps
from rehearsal.simulated.faults import CAUSES, Fault, Faults
from rehearsal.simulated.jobs import run_job
from rehearsal.simulated.lambdas import LAMBDAS
from rehearsal.simulated.registry import SageMaker
from rehearsal.simulated.stack import SimulatedStack
from rehearsal.simulated.world import World

DECISION_SECONDS = 3600.0
REFUSAL = {"ValidationException": "SageMaker.SageMakerException"}


class SimulatedHost(Simulation):
    """Answers for any number of runs, each in the world that was given for its name."""

    def __init__(self, stack: SimulatedStack) -> None:
        super().__init__()
        self.worlds: dict[str, World] = {}
        self.faults: dict[str, Faults] = {}
        self._stack = stack
        self._run_ids: dict[str, str] = {}
        self._functions = {name.replace("_", "-"): name for name in stack.environments}
        self.machines.update({machine.arn: machine for machine in stack.machines.values()})

    async def call(self, call: TaskCall, submitted: Callable[[Any], None]) -> Any:
        """Meet a fault, or be answered by the world."""
        run_id = self.run_of(call.execution)
        world, place = self.worlds[run_id], self._place(call)
        faults = self.faults[run_id]
        fault = faults.strike(place, lambda one: one.error_of(call) is not None)
        if fault:
            raise StatesError(fault.error_of(call), CAUSES.get(fault.what))
        if call.integration.service in ("states", "sfn"):
            return await super().call(call, submitted)
        if call.integration.pattern == "sync":
            submitted({})
            return await self._job(world, call, faults.strike(place, lambda one: one.error_of(call) is None))
        return self._answer(world, call)

    def run_of(self, execution: Execution) -> str:
        """The name of the pipeline's execution that this one belongs to."""
        if execution.arn not in self._run_ids:
            is_pipeline = execution.machine_arn == self._stack.machines["pipeline"].arn
            run_id = execution.name if is_pipeline else json.loads(execution.input)["run"]["id"]
            self._run_ids[execution.arn] = run_id
        return self._run_ids[execution.arn]

    def _place(self, call: TaskCall) -> str:
        return f"{self._stack.machine_name(call.execution.machine_arn)}/{call.state_name}"

    async def _job(self, world: World, call: TaskCall, fault: Fault | None) -> Any:
        reply: Reply = run_job(world, call, fault)
        name = next(value for key, value in call.arguments.items() if key.endswith("JobName"))
        try:
            await asyncio.sleep(reply.seconds)
        finally:
            world.jobs[name] = "Ended"
        if reply.error:
            raise StatesError(reply.error, reply.cause)
        return reply.result

    def _answer(self, world: World, call: TaskCall) -> Any:
        service = call.integration.service
        if service == "lambda":
            return {"Payload": self._invoke(world, call)}
        if service == "sns":
            world.alerts.append(call.arguments["Subject"])
            return {"MessageId": "1"}
        if service == "dynamodb":
            return _lock(world, call)
        method = getattr(SageMaker(world), _snake(call.integration.action))
        try:
            return method(**call.arguments) or {}
        except ClientError as refused:
            error = refused.response["Error"]
            raise StatesError(REFUSAL[error["Code"]], error["Message"]) from None

    def _invoke(self, world: World, call: TaskCall) -> Any:
        function = call.arguments["FunctionName"].split(":function:")[-1]
        name = next(own for ending, own in self._functions.items() if function.endswith(ending))
        if name == "request_approval":
            return self._ask(world, call)
        try:
            return json.loads(json.dumps(LAMBDAS[name](world, call.arguments["Payload"])))
        except Failure as failure:
            details = {"errorType": type(failure).__name__, "errorMessage": failure.message}
            raise StatesError(type(failure).__name__, dumps(details)) from None

    def _ask(self, world: World, call: TaskCall) -> dict[str, str]:
        """The reviewer of the scenario answers the token an hour later, or never."""
        decision, token = world.facts.reviewer, call.arguments["Payload"]["token"]
        engine = self.engine
        if decision != "silent" and engine is not None:
            answer = {"decision": decision, "by": "a reviewer", "reason": "read the report"}
            asyncio.get_running_loop().call_later(DECISION_SECONDS, _decide, engine, token, answer)
        return {"approval_id": "1"}


def _decide(engine: Engine, token: str, answer: dict[str, str]) -> None:
    with contextlib.suppress(TokenError):  # the run may be over by now
        engine.tokens.succeed(token, answer)


def _lock(world: World, call: TaskCall) -> dict[str, Any]:
    """The deployment lock: one holder for each endpoint."""
    arguments: Mapping[str, Any] = call.arguments
    key = (arguments.get("Item") or arguments.get("Key") or {})["endpoint_name"]["S"]
    if world.facts.is_deployment_locked:
        world.endpoint_locks.setdefault(key, "another execution")
    me = arguments["ExpressionAttributeValues"][":me"]["S"]
    if world.endpoint_locks.get(key, me) != me:
        raise StatesError("DynamoDB.ConditionalCheckFailedException", "The conditional request failed")
    if call.integration.action == "putItem":
        world.endpoint_locks[key] = me
    elif world.endpoint_locks.pop(key, None) is None:
        raise StatesError("DynamoDB.ConditionalCheckFailedException", "The conditional request failed")
    return {}


def _snake(action: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in action)
