"""The API of executions: start, stop, describe, list, history, redrive, and task tokens."""

from __future__ import annotations

import json
import uuid
from typing import Any

from rehearsal.asl import broken_json
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, NotRedrivableError
from rehearsal.asl.tokens import TokenError
from rehearsal.emulator.platform import ServiceError
from rehearsal.stepfunctions import views
from rehearsal.stepfunctions.arns import require_arn
from rehearsal.stepfunctions.creation import check_name
from rehearsal.stepfunctions.machines import MachinesApi
from rehearsal.stepfunctions.operations import Operation, Request
from rehearsal.stepfunctions.paging import page
from rehearsal.stepfunctions.store import MachineStore, Resolved

WRONG_TYPE = "This operation is not supported by this type of state machine"
DATA_LIMIT_BYTES = 262_144
REDRIVE_TOKENS = 10  # of an execution are remembered, each for a quarter of an hour
REDRIVE_TOKEN_SECONDS = 15 * 60


class ExecutionsApi:
    """Operations on executions; on the engine's loop."""

    def __init__(self, engine: Engine, store: MachineStore, machines: MachinesApi) -> None:
        self._engine = engine
        self._store = store
        self._machines = machines

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names."""
        return {
            "DeleteStateMachine": self._delete_machine,
            "DescribeExecution": self._describe,
            "DescribeStateMachineForExecution": self._describe_machine,
            "GetExecutionHistory": self._history,
            "ListExecutions": self._list,
            "RedriveExecution": self._redrive,
            "SendTaskFailure": self._send_failure,
            "SendTaskHeartbeat": self._send_heartbeat,
            "SendTaskSuccess": self._send_success,
            "StartExecution": self._start,
            "StartSyncExecution": self._start_sync,
            "StopExecution": self._stop,
        }

    def _start(self, request: Request, _: str | None) -> Request:
        resolved = self._store.resolve(request["stateMachineArn"])
        name, text = _name_and_input(request)
        found = self._engine.executions.get(_execution_arn(resolved, name))
        if resolved.machine.type == "STANDARD" and found is not None:
            if not found.is_running or json.loads(found.input) != json.loads(text):
                raise ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{found.arn}'")
            return {"executionArn": found.arn, "startDate": found.start_date}
        execution = self._begin(resolved, name, text)
        return {"executionArn": execution.arn, "startDate": execution.start_date}

    async def _start_sync(self, request: Request, _: str | None) -> Request:
        resolved = self._store.resolve(request["stateMachineArn"])
        if resolved.machine.type != "EXPRESS":
            raise ServiceError("StateMachineTypeNotSupported", WRONG_TYPE)
        execution = await self._engine.wait(self._begin(resolved, *_name_and_input(request)).arn)
        answer = views.sync_answer(execution) | {"stateMachineArn": request["stateMachineArn"]}
        return views.without_data(answer) if request.get("includedData") == "METADATA_ONLY" else answer

    def _stop(self, request: Request, _: str | None) -> Request:
        execution = self._standard(request["executionArn"])
        self._engine.stop(execution.arn, request.get("error"), request.get("cause"))
        return {"stopDate": execution.stop_date}

    def _describe(self, request: Request, _: str | None) -> Request:
        execution = self._standard(request["executionArn"])
        known = views.description(execution)
        return views.without_data(known) if request.get("includedData") == "METADATA_ONLY" else known

    def _describe_machine(self, request: Request, _: str | None) -> Request:
        execution = self._standard(request["executionArn"])
        owner = self._store.require(execution.machine_arn.partition("/")[0])
        answer = {**self._machines.describe(owner, execution.machine), "updateDate": owner.update_date}
        if execution.map_run_arn:
            answer["mapRunArn"] = execution.map_run_arn
            answer["label"] = execution.machine_arn.partition("/")[2]
        return answer

    def _list(self, request: Request, _: str | None) -> Request:
        machine_arn, map_run_arn = request.get("stateMachineArn"), request.get("mapRunArn")
        if bool(machine_arn) == bool(map_run_arn):
            raise _invalid("Either stateMachineArn or mapRunArn must be given")
        if machine_arn and request.get("redriveFilter"):
            raise _invalid("A redriveFilter goes with a mapRunArn only")
        if machine_arn and request.get("statusFilter") == "PENDING_REDRIVE":
            raise _invalid("The statusFilter PENDING_REDRIVE goes with a mapRunArn only")
        if machine_arn and self._store.resolve(machine_arn).machine.type == "EXPRESS":
            raise ServiceError("StateMachineTypeNotSupported", WRONG_TYPE)
        if map_run_arn and map_run_arn not in self._engine.map_runs:
            raise ServiceError("ResourceNotFound", f"Map run does not exist: '{map_run_arn}'")
        wanted, redriven = request.get("statusFilter"), request.get("redriveFilter")
        found = [
            execution
            for execution in self._engine.executions.values()
            if _belongs(execution, machine_arn, map_run_arn)
            and wanted in (None, execution.status)
            and redriven in (None, "REDRIVEN" if execution.redrive_count else "NOT_REDRIVEN")
        ]
        found.sort(key=lambda execution: execution.start_date, reverse=True)
        return page("executions", [views.row(execution) for execution in found], request)

    def _history(self, request: Request, _: str | None) -> Request:
        execution = self._standard(request["executionArn"])
        events = list(execution.events)
        if request.get("includeExecutionData") is False:
            events = [views.event_without_data(event) for event in events]
        if request.get("reverseOrder"):
            events.reverse()
        return page("events", events, request)

    def _redrive(self, request: Request, _: str | None) -> Request:
        execution, token = self._standard(request["executionArn"]), request.get("clientToken", "")
        now, answered = self._engine.clock.time(), execution.redrive_tokens.get(token)
        if answered is not None and now - answered < REDRIVE_TOKEN_SECONDS:
            return {"redriveDate": answered}
        self._machines.roles.check_redrive(execution, self._engine.map_runs_of(execution.arn))
        try:
            self._engine.redrive(execution.arn)
        except NotRedrivableError as refused:
            raise ServiceError("ExecutionNotRedrivable", str(refused)) from refused
        if token:
            tokens = {**execution.redrive_tokens, token: execution.redrive_date or now}
            execution.redrive_tokens = dict(list(tokens.items())[-REDRIVE_TOKENS:])
        return {"redriveDate": execution.redrive_date}

    def _delete_machine(self, request: Request, _: str | None) -> Request:
        arn = request["stateMachineArn"]
        if ":" in require_arn(arn, ("stateMachine",)):
            raise _invalid(f"Not the ARN of a whole state machine: '{arn}'")
        owner = self._store.machines.pop(arn, None)
        if owner is not None:
            for execution in list(self._engine.executions.values()):
                if execution.is_running and execution.machine_arn == owner.arn:
                    self._engine.stop(execution.arn)
        return {}

    def _send_success(self, request: Request, _: str | None) -> Request:
        self._answered(self._engine.tokens.check, request["taskToken"])
        output = _parsed(request["output"], "InvalidOutput", "Invalid Output: '{}'")
        return self._answered(self._engine.tokens.succeed, request["taskToken"], output)

    def _send_failure(self, request: Request, _: str | None) -> Request:
        error, cause = request.get("error"), request.get("cause")
        return self._answered(self._engine.tokens.fail, request["taskToken"], error, cause)

    def _send_heartbeat(self, request: Request, _: str | None) -> Request:
        return self._answered(self._engine.tokens.beat, request["taskToken"])

    @staticmethod
    def _answered(deliver: Any, token: str, *details: Any) -> Request:
        try:
            deliver(token, *details)
        except TokenError as refused:
            raise ServiceError(refused.code, str(refused)) from refused
        return {}

    def _begin(self, resolved: Resolved, name: str, text: str) -> Execution:
        return self._engine.start(
            resolved.machine,
            name,
            text,
            version_arn=resolved.version_arn,
            alias_arn=resolved.alias_arn,
        )

    def _standard(self, arn: str) -> Execution:
        execution = self._engine.executions.get(arn)
        if execution is None:
            raise ServiceError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return execution


def _invalid(reason: str) -> ServiceError:
    return ServiceError("ValidationException", reason)


def _name_and_input(request: Request) -> tuple[str, str]:
    name = request.get("name") or str(uuid.uuid4())
    check_name(name)
    text = request.get("input", "{}")
    if text == "":
        raise ServiceError(
            "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'"
        )
    _parsed(text, "InvalidExecutionInput", "Invalid State Machine Execution Input: '{}'")
    return name, text


def _parsed(text: str, code: str, message: str) -> Any:
    if len(text.encode()) > DATA_LIMIT_BYTES:
        raise ServiceError(code, message.format(f"larger than {DATA_LIMIT_BYTES} bytes"))
    try:
        return broken_json.loads(text)
    except ValueError as broken:
        raise ServiceError(code, message.format(broken_json.reason(text, broken))) from broken


def _execution_arn(resolved: Resolved, name: str) -> str:
    return f"{resolved.machine.arn.replace(':stateMachine:', ':execution:')}:{name}"


def _belongs(execution: Execution, machine_arn: str | None, map_run_arn: str | None) -> bool:
    if map_run_arn:
        return execution.map_run_arn == map_run_arn
    arns = (execution.machine_arn, execution.version_arn, execution.alias_arn)
    return execution.map_run_arn is None and machine_arn in arns
