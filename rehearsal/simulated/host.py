"""The host of simulated runs: every call is answered by a fault that is due or by the run's own account."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from contracts.failures import Failure
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution
from rehearsal.asl.host import TaskCall
from rehearsal.asl.ports import StatesError
from rehearsal.asl.simulation import Simulation
from rehearsal.asl.wire import dumps
from rehearsal.simulated import jobs, people
from rehearsal.simulated.account import clients
from rehearsal.simulated.account.breaking import BreakingS3, BreakingSageMaker
from rehearsal.simulated.account.executions import StepFunctions
from rehearsal.simulated.faults import CAUSES, Fault, Faults
from rehearsal.simulated.handlers import Invocation, invoke
from rehearsal.simulated.stack import SimulatedStack
from rehearsal.simulated.world import World

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
        world, faults, place = self.worlds[run_id], self.faults[run_id], self._place(call)
        for jump in faults.strike_all(place, ("clock_jump",)):
            world.clock_offset += jump.seconds
        fault = faults.strike(place, lambda one: one.error_of(call) is not None)
        if fault:
            raise StatesError(fault.error_of(call), CAUSES.get(fault.what))
        if call.integration.action == "stopExecution":
            self.engine_of_run().stop(call.arguments["ExecutionArn"], cause=call.arguments["Cause"])
            return {}
        if call.integration.service in ("states", "sfn"):
            return await super().call(call, submitted)
        if call.integration.pattern == "sync":
            submitted({})
            return await self._job(world, call, faults, place)
        if call.integration.service == "lambda":
            fault = faults.strike(place, lambda one: one.is_of_function(call))
            return {"Payload": self._invoke(world, call, fault)}
        return self._answer(world, call)

    def run_of(self, execution: Execution) -> str:
        """The name of the pipeline's execution that this one belongs to."""
        if execution.arn not in self._run_ids:
            is_pipeline = execution.machine_arn == self._stack.machines["pipeline"].arn
            run_id = execution.name if is_pipeline else json.loads(execution.input)["run"]["id"]
            self._run_ids[execution.arn] = run_id
        return self._run_ids[execution.arn]

    def executions_in(self, world: World) -> list[Execution]:
        """Every execution that worked in the world, in order of their start."""
        found = self.engine_of_run().executions.values()
        return [one for one in found if self.worlds.get(self.run_of(one)) is world]

    def engine_of_run(self) -> Engine:
        """The engine that the simulation runs on."""
        if self.engine is None:
            raise RuntimeError("the host has no engine: make it with simulated_engine")
        return self.engine

    def run_function(self, world: World, name: str, event: Any, fault: Fault | None = None) -> Any:
        """Call a function by the program's name for it; raises what its handler raises."""
        engine, found = self.engine_of_run(), clients(world)
        found["stepfunctions"] = StepFunctions(self, world)
        found["lambda"] = _Lambda(self, world)
        if fault and fault.what == "s3_error":
            found["s3"] = BreakingS3(world, fault.after_calls)
        if fault and fault.what == "sagemaker_error":
            found["sagemaker"] = BreakingSageMaker(world, fault.after_calls)
        invocation = Invocation(world, world.environments[name], found, engine.ids.uuid)
        answer = invoke(name, event, invocation)
        if fault and fault.what == "crashed_after_work":
            raise StatesError("Lambda.Unknown", CAUSES["crashed"])
        return answer

    def function_of(self, arn: str) -> str:
        """The program's name for a function's ARN or name."""
        function = arn.split(":function:")[-1]
        return next(own for ending, own in self._functions.items() if function.endswith(ending))

    def _place(self, call: TaskCall) -> str:
        return f"{self._stack.machine_name(call.execution.machine_arn)}/{call.state_name}"

    async def _job(self, world: World, call: TaskCall, faults: Faults, place: str) -> Any:
        started = jobs.start(world, call, faults.strike(place, lambda one: one.is_of_job(call)))
        try:
            await asyncio.sleep(started.seconds)
        except asyncio.CancelledError:
            if not faults.strike_all(place, ("stop_lost",)):
                started.job.end("Stopped", world.now)
            raise
        return jobs.end(world, started)

    def _invoke(self, world: World, call: TaskCall, fault: Fault | None) -> Any:
        name, payload = self.function_of(call.arguments["FunctionName"]), call.arguments["Payload"]
        try:
            answer = self.run_function(world, name, payload, fault)
        except (Failure, ClientError) as failure:
            error = type(failure).__name__
            message = failure.message if isinstance(failure, Failure) else str(failure)
            raise StatesError(error, dumps({"errorType": error, "errorMessage": message})) from None
        if name == "request_approval":
            people.decide_later(self, world, answer["approval_id"])
        return answer

    def _answer(self, world: World, call: TaskCall) -> Any:
        arguments, found = call.arguments, clients(world)
        if call.integration.service == "dynamodb" and world.facts.is_deployment_locked:
            endpoint = (arguments.get("Item") or arguments["Key"])["endpoint_name"]["S"]
            world.hold(arguments["TableName"], "endpoint_name", endpoint, holder="another execution")
        method = getattr(found[call.integration.service], _snake(call.integration.action))
        try:
            return method(**arguments) or {}
        except ClientError as refused:
            error = refused.response["Error"]
            raise StatesError(_name(call, error["Code"]), error["Message"]) from None


class _Lambda:
    """boto3's client: functions that call functions."""

    def __init__(self, host: SimulatedHost, world: World) -> None:
        self._host = host
        self._world = world

    def invoke(self, **request: Any) -> Mapping[str, Any]:
        """Run it now; an error of the function is an answer, not an error of the call."""
        name = self._host.function_of(request["FunctionName"])
        try:
            answer = self._host.run_function(self._world, name, json.loads(request["Payload"]))
        except Exception as failure:
            body = {"errorType": type(failure).__name__, "errorMessage": str(failure)}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(body).encode())}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def _name(call: TaskCall, code: str) -> str:
    if call.integration.service == "dynamodb":
        return f"DynamoDB.{code}"
    return REFUSAL[code]


def _snake(action: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in action)
