""".sync: start a job or a child execution, wait for its end, and stop it where the task ends first."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from rehearsal.asl.host import TaskCall
from rehearsal.asl.ports import StatesError
from rehearsal.stepfunctions.awscall import AwsCalls, Caller
from rehearsal.stepfunctions.ports import Executions, Jobs
from rehearsal.stepfunctions.spelling import compact

log = logging.getLogger(__name__)

Run = Callable[..., Awaitable[Any]]
ADDED_TAGS = {"MANAGED_BY_AWS": "STARTED_BY_STEP_FUNCTIONS"}
EXECUTION_TAG = "AWS_STEP_FUNCTIONS_EXECUTION_ARN"
ARN_PATHS = {
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "ProcessingJob": "processing-job",
    "TrainingJob": "training-job",
    "TransformJob": "transform-job",
}


class JobRuns:
    """SageMaker's `create…Job.sync`."""

    def __init__(self, calls: AwsCalls, jobs: Jobs, run: Run) -> None:
        self._calls = calls
        self._jobs = jobs
        self._run = run

    async def run(self, call: TaskCall, caller: Caller, submitted: Callable[[Any], None]) -> Any:
        """Create the job, wait for its end and return its description."""
        kind = call.integration.action.removeprefix("create")
        if kind not in ARN_PATHS:
            raise StatesError(
                "States.Runtime", f"sagemaker:{call.integration.action}.sync isn't supported here"
            )
        arguments = tagged(call.arguments, call.execution.arn)
        name = arguments.get(f"{kind}Name", "")
        self._require_tagging(caller, kind, name)
        creation = self._call(call.integration.action, arguments, caller)
        submitted(await _made(creation, lambda _: self._stop(kind, name, caller)))
        try:
            await self._ended(kind, name)
        except asyncio.CancelledError:
            await asyncio.shield(self._stop(kind, name, caller))
            raise
        description = await self._call(f"describe{kind}", {f"{kind}Name": name}, caller)
        description = {key: value for key, value in description.items() if not key.startswith("Sdk")}
        description["Tags"] = {tag["Key"]: tag["Value"] for tag in arguments["Tags"]}
        if description[f"{kind}Status"] != "Completed":
            raise StatesError("States.TaskFailed", compact(description))
        return description

    def _require_tagging(self, caller: Caller, kind: str, name: str) -> None:
        region, account_id = caller.machine_arn.split(":")[3:5]
        arn = f"arn:aws:sagemaker:{region}:{account_id}:{ARN_PATHS[kind]}/{str(name).lower()}"
        self._calls.require(caller, "sagemaker:AddTags", arn, "SageMaker.AmazonSageMakerException")

    async def _call(self, action: str, arguments: Any, caller: Caller) -> Any:
        return await self._run(self._calls.call, "sagemaker", action, arguments, caller, is_sdk=False)

    async def _ended(self, kind: str, name: str) -> None:
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def tell(_: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(ended.set)

        self._jobs.on_job_end(kind, name, tell)
        await ended.wait()

    async def _stop(self, kind: str, name: str, caller: Caller) -> None:
        try:
            await self._call(f"stop{kind}", {f"{kind}Name": name}, caller)
        except StatesError as refused:  # best effort, as on AWS: the job goes on
            log.warning("%s %s wasn't stopped: %s", kind, name, refused)


class NestedRuns:
    """`states:startExecution.sync` and `.sync:2`."""

    def __init__(self, calls: AwsCalls, executions: Executions, run: Run) -> None:
        self._calls = calls
        self._executions = executions
        self._run = run

    async def run(self, call: TaskCall, caller: Caller, submitted: Callable[[Any], None]) -> Any:
        """Start the child, wait for its end and return its description."""
        parent = call.execution.arn
        start = self._call("startExecution", call.arguments, caller)
        started = await _made(start, lambda made: self._stop(made["ExecutionArn"], parent, caller))
        submitted(started)
        arn = started["ExecutionArn"]
        try:
            await self._executions.wait(arn)
        except asyncio.CancelledError:
            await asyncio.shield(self._stop(arn, parent, caller))
            raise
        description = await self._call("describeExecution", {"ExecutionArn": arn}, caller)
        description = {key: description[key] for key in sorted(description) if not key.startswith("Sdk")}
        if description["Status"] != "SUCCEEDED":
            raise StatesError("States.TaskFailed", compact(description))
        if call.integration.pattern == "sync:2":
            description["Input"] = json.loads(description["Input"])
            description["Output"] = json.loads(description["Output"])
        return description

    async def _call(self, action: str, arguments: Any, caller: Caller) -> Any:
        return await self._run(self._calls.call, "states", action, arguments, caller, is_sdk=False)

    async def _stop(self, arn: str, parent: str, caller: Caller) -> None:
        cause = (
            f"The Task state in AWS Step Functions execution [{parent}] "
            "which was managing this resource was aborted"
        )
        try:
            await self._call("stopExecution", {"ExecutionArn": arn, "Cause": cause}, caller)
        except StatesError as refused:  # best effort, as on AWS: the child goes on
            log.warning("child execution %s wasn't stopped: %s", arn, refused)


async def _made(creation: Coroutine[Any, Any, Any], stop: Callable[[Any], Awaitable[None]]) -> Any:
    """Await a creation; what comes of one that is cancelled in between is stopped."""
    call = asyncio.ensure_future(creation)
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait([call])
        if call.exception() is None:
            await asyncio.shield(stop(call.result()))
        raise


def tagged(arguments: Any, execution_arn: str) -> dict[str, Any]:
    """Return a job's arguments with the two tags that Step Functions adds."""
    if not isinstance(arguments, dict):
        raise StatesError("States.Runtime", "Arguments must be an object")
    added = {EXECUTION_TAG: execution_arn, **ADDED_TAGS}
    own = [tag for tag in arguments.get("Tags") or [] if tag.get("Key") not in added]
    return {**arguments, "Tags": [*own, *({"Key": key, "Value": value} for key, value in added.items())]}
