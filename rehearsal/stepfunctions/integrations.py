"""The engine's host: runs each Task as real API calls on the emulator, under the machine's role."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
from collections.abc import Callable
from typing import Any

from rehearsal.asl.execution import Execution
from rehearsal.asl.host import TaskCall
from rehearsal.asl.ports import Integration, StatesError
from rehearsal.emulator.platform import Platform
from rehearsal.stepfunctions import functions
from rehearsal.stepfunctions.activities import Activities
from rehearsal.stepfunctions.awscall import AwsCalls, Caller
from rehearsal.stepfunctions.item_reader import Fetch, limited, load_objects, read_object, read_objects
from rehearsal.stepfunctions.ports import Executions, Jobs
from rehearsal.stepfunctions.spelling import OPTIMIZED_SERVICES, compact
from rehearsal.stepfunctions.synchronous import JobRuns, NestedRuns

# Each waiting call holds a thread; a pool that is too small would let executions wait for each other.
MAX_CALLS_AT_ONCE = 512


class Integrations:
    """A TaskHost over boto3; blocking calls run on threads of its own."""

    executions: Executions  # set by the service: the engine needs its host first

    def __init__(self, platform: Platform, jobs: Jobs, activities: Activities) -> None:
        self._activities = activities
        self.token_owners: dict[str, str] = {}  # task token -> ARN of the machine that waits for it
        self._calls = AwsCalls(platform)
        self._pool = concurrent.futures.ThreadPoolExecutor(MAX_CALLS_AT_ONCE, thread_name_prefix="task")
        self._jobs = JobRuns(self._calls, jobs, self._run)
        self._nested = NestedRuns(self._calls, self, self._run)

    async def call(self, call: TaskCall, submitted: Callable[[Any], None]) -> Any:
        """Run one attempt of a Task; see TaskHost."""
        integration, caller = call.integration, _caller(call.execution)
        if call.token is not None:
            self.token_owners[call.token] = caller.machine_arn
        if integration.activity_arn is not None:
            return await self._activities.offer(call)
        if integration.function_arn is not None:
            return await self._run(
                functions.invoke_resource, self._calls, integration.function_arn, call.arguments, caller
            )
        if integration.is_sdk:
            return await self._call(integration.service, integration.action, call.arguments, caller, True)
        if integration.service not in OPTIMIZED_SERVICES:
            raise StatesError(
                "States.Runtime",
                f"{integration.service}:{integration.action}: the rehearsal doesn't support this integration",
            )
        if integration.pattern in ("sync", "sync:2"):
            runs = self._jobs if integration.service == "sagemaker" else self._nested
            return await runs.run(call, caller, submitted)
        return await self._call_optimized(call, caller)

    def obstacle(self, integration: Integration) -> str | None:
        """Why a task can't be scheduled; see TaskHost."""
        arn = integration.activity_arn
        return None if arn is None or self._activities.exists(arn) else f"The activity {arn} does not exist."

    async def read_items(
        self, resource: str, arguments: Any, config: dict[str, Any], execution: Execution
    ) -> list[Any]:
        """Read a Distributed Map's items; see TaskHost."""
        return limited(await self._run(self._read, resource, arguments, config, _caller(execution)), config)

    async def write_object(self, bucket: str, key: str, body: str, execution: Execution) -> None:
        """Store one file of a ResultWriter; see TaskHost."""
        arguments = {"Bucket": bucket, "Key": key, "Body": body.encode()}
        try:
            await self._call("s3", "putObject", arguments, _caller(execution), True)
        except StatesError as failed:
            raise StatesError("States.ResultWriterFailed", failed.cause) from failed

    async def wait(self, execution_arn: str) -> Any:
        """Return when a child execution has ended; see Executions."""
        return await self.executions.wait(execution_arn)

    def close(self) -> None:
        """Give up the threads; calls under way end on their own."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _call_optimized(self, call: TaskCall, caller: Caller) -> Any:
        service, action = call.integration.service, call.integration.action
        if service == "lambda":
            return await self._run(functions.invoke, self._calls, call.arguments, caller)
        arguments = call.arguments
        if service == "events":
            arguments = _with_origin(arguments, call.execution)
        result = await self._call(service, action, arguments, caller, False)
        if service == "events" and result.get("FailedEntryCount"):
            raise StatesError("EventBridge.FailedEntry", compact(result))
        return result

    async def _call(self, service: str, action: str, arguments: Any, caller: Caller, is_sdk: bool) -> Any:
        return await self._run(self._calls.call, service, action, arguments, caller, is_sdk=is_sdk)

    async def _run(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        context = contextvars.copy_context()
        bound = functools.partial(context.run, functools.partial(function, *arguments, **named))
        return await asyncio.get_running_loop().run_in_executor(self._pool, bound)

    def _read(self, resource: str, arguments: Any, config: dict[str, Any], caller: Caller) -> list[Any]:
        try:
            if resource.endswith("s3:listObjectsV2"):
                call = functools.partial(self._calls.call, "s3", caller=caller, is_sdk=True)
                listed = read_objects(lambda action, asked: call(action=action, arguments=asked), arguments)
                if config.get("Transformation", "NONE") == "NONE":
                    return listed
                return load_objects(self._fetch(caller), arguments["Bucket"], listed, config)
            if resource.endswith("s3:getObject"):
                return read_object(self._fetch(caller), arguments, config)
        except StatesError as failed:
            raise StatesError("States.ItemReaderFailed", failed.cause) from failed
        except Exception as failed:  # whatever S3 or the arguments give: the reader failed
            raise StatesError("States.ItemReaderFailed", str(failed)) from failed
        raise StatesError("States.ItemReaderFailed", f"{resource}: no such item reader")

    def _fetch(self, caller: Caller) -> Fetch:
        client = self._calls.client("s3", caller)
        return lambda arguments: bytes(client.get_object(**arguments)["Body"].read())


def _caller(execution: Execution) -> Caller:
    # A map run's child belongs to NAME/LABEL; role and rights are the machine's.
    return Caller(execution.role_arn, execution.machine_arn.partition("/")[0])


def _with_origin(arguments: Any, execution: Execution) -> Any:
    """Add machine and execution to each entry's Resources, as Step Functions does."""
    if not isinstance(arguments, dict) or not isinstance(arguments.get("Entries"), list):
        return arguments
    origin = [execution.machine_arn, execution.arn]
    entries = [
        {**entry, "Resources": [*(entry.get("Resources") or []), *origin]} for entry in arguments["Entries"]
    ]
    return {**arguments, "Entries": entries}
