"""The Step Functions service of the emulator: every request validated, then answered on the engine's loop."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections.abc import Coroutine
from typing import Any

from rehearsal.asl.clock import SystemClock, SystemIds
from rehearsal.asl.engine import Engine
from rehearsal.asl.ports import Clock, Ids
from rehearsal.emulator.platform import Platform, ServiceError
from rehearsal.emulator.requests import RequestModel
from rehearsal.stepfunctions.activities import Activities
from rehearsal.stepfunctions.arns import ARN_FIELDS, check_arns
from rehearsal.stepfunctions.encryption import MachineKeys
from rehearsal.stepfunctions.executions import ExecutionsApi
from rehearsal.stepfunctions.integrations import Integrations
from rehearsal.stepfunctions.machines import MachinesApi
from rehearsal.stepfunctions.map_runs import MapRunsApi
from rehearsal.stepfunctions.observation import Observer
from rehearsal.stepfunctions.operations import Operation
from rehearsal.stepfunctions.ports import Jobs
from rehearsal.stepfunctions.state_tests import StateTestsApi
from rehearsal.stepfunctions.store import MachineStore
from rehearsal.stepfunctions.versions import VersionsApi

log = logging.getLogger(__name__)

CLOSING_LIMIT_SECONDS = 5


class StepFunctionsService:
    """Step Functions in one account and region; its executions run on a thread of their own."""

    target_prefix = "AWSStepFunctions"
    iam_namespace = "states"

    def __init__(
        self,
        platform: Platform,
        jobs: Jobs,
        *,
        wait_scale: float = 1.0,
        clock: Clock | None = None,
        ids: Ids | None = None,
    ) -> None:
        self._platform = platform
        self._jobs = jobs
        self._wait_scale = wait_scale
        self._clock = clock or SystemClock()
        self._ids = ids or SystemIds()
        self._model = RequestModel("stepfunctions")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="engine", daemon=True)
        self._thread.start()
        self._open()

    async def handle(self, action: str, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Answer one request; raises ServiceError."""
        answered = self._on_engine(self._answer(action, request, access_key_id))
        return await asyncio.wrap_future(answered)

    def start_detached(self, machine_arn: str, text: str) -> None:
        """Start an execution as a target of EventBridge, without waiting; for any thread."""
        self._on_engine(self._start_for_target({"stateMachineArn": machine_arn, "input": text}))

    def resource_arn(self, action: str, request: dict[str, Any]) -> str:
        """Return what IAM checks the action on."""
        if action.startswith("SendTask"):
            return self._integrations.token_owners.get(request.get("taskToken", ""), "*")
        if action == "CreateActivity":
            return self._activities.arn(str(request.get("name", "")))
        if action == "CreateStateMachine":
            return self._machines.arn(str(request.get("name", "")))
        if action == "CreateStateMachineAlias":
            routing = request.get("routingConfiguration") or [{}]
            return str(routing[0].get("stateMachineVersionArn", "*")).rpartition(":")[0] or "*"
        return next((str(request[field]) for field in ARN_FIELDS if request.get(field)), "*")

    def reset(self) -> None:
        """Stop all executions and forget everything."""
        self._shut()
        self._open()

    def close(self) -> None:
        """Stop all executions, and their jobs with them."""
        self._shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSING_LIMIT_SECONDS)

    def _open(self) -> None:
        store = MachineStore()
        self._activities = Activities(self._platform, self._clock)
        self._integrations = Integrations(self._platform, self._jobs, self._activities)
        self._engine = Engine(self._integrations, self._clock, self._ids, wait_scale=self._wait_scale)
        self._integrations.executions = self._engine
        observer = Observer(self._platform, store)
        self._engine.on_status.append(observer.on_status)
        self._engine.on_step.append(observer.on_step)
        self._keys = MachineKeys(self._platform, store, self._engine)
        self._machines = MachinesApi(self._platform, store, self._clock)
        self._operations: dict[str, Operation] = {
            **self._machines.operations(),
            **VersionsApi(store, self._clock, self._activities).operations(),
            **ExecutionsApi(self._engine, store, self._machines).operations(),
            **MapRunsApi(self._engine).operations(),
            **self._activities.operations(),
            **StateTestsApi(self._platform, self._engine, self._clock).operations(),
        }

    def _shut(self) -> None:
        try:
            self._on_engine(self._engine.close()).result(CLOSING_LIMIT_SECONDS)
        except TimeoutError:
            log.warning("executions didn't end within %s s; they are abandoned", CLOSING_LIMIT_SECONDS)
        self._integrations.close()

    def _on_engine(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _answer(self, action: str, request: dict[str, Any], caller: str | None) -> dict[str, Any]:
        self._model.validate(action, request)
        if action not in self._operations:
            raise ServiceError(
                "UnsupportedByRehearsal", f"The rehearsal's Step Functions does not implement {action}."
            )
        check_arns(action, request)
        self._keys.check(action, request, caller)
        answer = self._operations[action](request, caller)
        return await answer if inspect.isawaitable(answer) else answer

    async def _start_for_target(self, request: dict[str, Any]) -> None:
        try:
            await self._answer("StartExecution", request, None)
        except ServiceError as refused:
            log.warning("a target wasn't started: %s", refused)
