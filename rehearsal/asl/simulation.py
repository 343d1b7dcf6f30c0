"""A host without processes: scripted functions, jobs and API calls, for whole pipelines in virtual time.

host = Simulation()
host.script("sagemaker:createTrainingJob", interrupted(hours(2)), completed(hours(1)))
host.script("lambda:classify", Reply({"Payload": {"kind": "SPOT_EXHAUSTED"}}))
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rehearsal.asl.clock import SeededIds, VirtualClock
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, Machine
from rehearsal.asl.host import TaskCall
from rehearsal.asl.ports import Integration, StatesError
from rehearsal.asl.wire import dumps, iso_timestamp


@dataclass(frozen=True)
class Reply:
    """One answer: after that many seconds a result, or an error if one is named."""

    result: Any = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None
    cause: str | None = None


Script = Reply | Callable[[TaskCall], Reply]


def hours(number: float) -> float:
    """That many hours in seconds."""
    return number * 3600


def completed(seconds: float, **description: Any) -> Script:
    """A SageMaker job that ends well."""
    return lambda call: Reply(_described(call, "Completed", "Completed", description), seconds)


def failed(seconds: float, reason: str) -> Script:
    """A SageMaker job that ends Failed with that FailureReason."""
    return lambda call: _unsuccessful(call, seconds, "Failed", "Failed", {"FailureReason": reason})


def interrupted(seconds: float) -> Script:
    """A managed spot training job that used up its waiting time: Stopped, MaxWaitTimeExceeded."""
    return lambda call: _unsuccessful(call, seconds, "Stopped", "MaxWaitTimeExceeded", {})


def _unsuccessful(call: TaskCall, seconds: float, status: str, secondary: str, more: dict[str, Any]) -> Reply:
    description = _described(call, status, secondary, more)
    return Reply(seconds=seconds, error="States.TaskFailed", cause=dumps(description))


def _described(call: TaskCall, status: str, secondary: str, more: dict[str, Any]) -> dict[str, Any]:
    kind = call.integration.action.removeprefix("create")
    described = {**call.arguments, f"{kind}Status": status, "SecondaryStatus": secondary, **more}
    if kind == "TrainingJob" and status == "Completed":
        location = call.arguments.get("OutputDataConfig", {}).get("S3OutputPath", "s3://simulated/output")
        name = call.arguments.get("TrainingJobName", "job")
        described.setdefault("ModelArtifacts", {"S3ModelArtifacts": f"{location}/{name}/output/model.tar.gz"})
    return described


class Simulation:
    """A TaskHost that answers from scripts; `calls` keeps what was asked."""

    def __init__(self) -> None:
        self.calls: list[TaskCall] = []
        self.objects: dict[tuple[str, str], str] = {}
        self.items: dict[str, list[Any]] = {}
        self.machines: dict[str, Machine] = {}
        self.running_jobs: set[str] = set()
        self.engine: Engine | None = None
        self._scripts: dict[str, list[Script]] = {}

    def script(self, key: str, *replies: Script) -> None:
        """Answer calls of that key in turn, the last one for ever.

        A key is `service:action` as in the Resource, or `lambda:NAME` for one function.
        """
        self._scripts[key] = list(replies)

    async def call(self, call: TaskCall, submitted: Callable[[Any], None]) -> Any:
        """Answer from the script; nested executions really run."""
        self.calls.append(call)
        if call.integration.service in ("states", "sfn") and call.integration.action.startswith("start"):
            return await self._nested(call, submitted)
        reply = self._next_reply(call)
        is_job = call.integration.pattern in ("sync", "sync:2")
        if is_job:
            submitted({})
        return await self._play(reply, f"{call.execution.arn}/{len(self.calls)}", is_job)

    def obstacle(self, integration: Integration) -> str | None:
        """None: everything that has a script can be called."""

    async def read_items(
        self,
        resource: str,
        arguments: Any,
        config: dict[str, Any],  # noqa: ARG002 - the port's
        execution: Execution,  # noqa: ARG002 - the port's
    ) -> list[Any]:
        """The items put under the object's key or prefix."""
        key = arguments.get("Key") or arguments.get("Prefix", "")
        if key not in self.items:
            raise StatesError("States.ItemReaderFailed", f"{resource} found nothing at {key}")
        return self.items[key]

    async def write_object(
        self,
        bucket: str,
        key: str,
        body: str,
        execution: Execution,  # noqa: ARG002 - the port's
    ) -> None:
        """Keep the object."""
        self.objects[bucket, key] = body

    def _next_reply(self, call: TaskCall) -> Reply:
        for key in _keys(call):
            script = self._scripts.get(key)
            if script:
                reply = script.pop(0) if len(script) > 1 else script[0]
                return reply if isinstance(reply, Reply) else reply(call)
        asked = " or ".join(_keys(call))
        raise StatesError("Simulation.Unscripted", f"The simulation has no script for {asked}.")

    async def _play(self, reply: Reply, name: str, is_job: bool) -> Any:
        if is_job:
            self.running_jobs.add(name)
        try:
            if reply.seconds:
                await asyncio.sleep(reply.seconds)
        finally:
            self.running_jobs.discard(name)
        if reply.error is not None:
            raise StatesError(reply.error, reply.cause)
        return reply.result

    async def _nested(self, call: TaskCall, submitted: Callable[[Any], None]) -> Any:
        engine = self.engine
        arn = call.arguments["StateMachineArn"]
        if engine is None or arn not in self.machines:
            raise StatesError("StepFunctions.StateMachineDoesNotExistException", f"{arn} is not simulated.")
        value = call.arguments.get("Input", {})
        text = value if isinstance(value, str) else dumps(value)
        name = call.arguments.get("Name") or engine.ids.uuid()
        child = engine.start(self.machines[arn], name, text)
        output = {"ExecutionArn": child.arn, "StartDate": iso_timestamp(child.start_date)}
        is_synchronous = call.integration.action == "startSyncExecution"
        if call.integration.pattern == "request_response" and not is_synchronous:
            return output
        if not is_synchronous:
            submitted(output)
        try:
            await engine.wait(child.arn)
        except asyncio.CancelledError:
            engine.stop(child.arn)
            raise
        return _nested_result(call, child)


def _keys(call: TaskCall) -> list[str]:
    integration = call.integration
    keys = [f"{integration.resource_type}:{integration.action}"]
    if integration.service == "lambda":
        arguments = call.arguments if isinstance(call.arguments, dict) else {}
        function = integration.function_arn or arguments.get("FunctionName", "")
        name = function.split(":function:")[-1].split(":")[0]
        keys.insert(0, f"lambda:{name}")
    return keys


def _nested_result(call: TaskCall, child: Execution) -> dict[str, Any]:
    is_parsed = call.integration.pattern == "sync:2"
    described = {
        "ExecutionArn": child.arn,
        "Input": json.loads(child.input) if is_parsed else child.input,
        "Name": child.name,
        "StateMachineArn": child.machine_arn,
        "StartDate": iso_timestamp(child.start_date),
        "Status": child.status,
        "StopDate": iso_timestamp(child.stop_date or child.start_date),
        "Output": json.loads(child.output) if is_parsed and child.output is not None else child.output,
        "Error": child.error,
        "Cause": child.cause,
    }
    result = {key: value for key, value in described.items() if value is not None}
    if child.status == "SUCCEEDED" or call.integration.action == "startSyncExecution":
        return result
    raise StatesError("States.TaskFailed", dumps({**result, "Input": child.input}))


def simulated_engine(host: Simulation, seed: int) -> Engine:
    """An engine in virtual time on that host; make it inside `run_virtual`."""
    engine = Engine(host, VirtualClock(), SeededIds(seed))
    host.engine = engine
    return engine
