"""Step Functions as functions call it through boto3, over the engine that runs the simulation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rehearsal.asl.tokens import TokenError
from rehearsal.simulated.account.errors import (
    Exceptions,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    refused,
)
from rehearsal.simulated.account.pages import Paginated
from rehearsal.simulated.world import World

if TYPE_CHECKING:
    from rehearsal.simulated.host import SimulatedHost


class StepFunctions(Paginated):
    """Tokens answered, executions listed, described and stopped; only those of this world are seen."""

    exceptions = Exceptions

    def __init__(self, host: SimulatedHost, world: World) -> None:
        self._host = host
        self._world = world

    def send_task_success(self, **request: Any) -> dict[str, Any]:
        """Answer a waiting run; refused as AWS does when it waits no more."""
        try:
            self._host.engine_of_run().tokens.succeed(request["taskToken"], json.loads(request["output"]))
        except TokenError as error:
            raise refused(error.code, str(error)) from None
        return {}

    def start_execution(self, **request: Any) -> dict[str, Any]:
        """Start one; a name that is taken is refused, unless the same input runs under it still."""
        engine, machine = self._host.engine_of_run(), self._host.machines[request["stateMachineArn"]]
        arn = f"{machine.arn.replace(':stateMachine:', ':execution:')}:{request['name']}"
        known = engine.executions.get(arn)
        if known is None:
            return {"executionArn": engine.start(machine, request["name"], request["input"]).arn}
        if known.is_running and known.input == request["input"]:
            return {"executionArn": arn}
        raise refused("ExecutionAlreadyExists", f"Execution Already Exists: {arn}", ExecutionAlreadyExists)

    def list_executions(self, **request: Any) -> dict[str, Any]:
        """The executions of a machine, of one status."""
        found = [
            {"executionArn": one.arn, "name": one.name, "startDate": _moment(one.start_date)}
            for one in self._host.engine_of_run().executions.values()
            if one.machine_arn == request["stateMachineArn"]
            and one.status == request["statusFilter"]
            and self._host.worlds.get(self._host.run_of(one)) is self._world
        ]
        return {"executions": found}

    def describe_execution(self, **request: Any) -> dict[str, Any]:
        """Its input and status, and how often it was redriven."""
        arn = request["executionArn"]
        one = self._host.engine_of_run().executions.get(arn)
        if one is None:
            message = f"Execution Does Not Exist: {arn}"
            raise refused("ExecutionDoesNotExist", message, ExecutionDoesNotExist)
        found = {"executionArn": one.arn, "name": one.name, "status": one.status, "input": one.input}
        redriven = {"redriveDate": _moment(one.redrive_date)} if one.redrive_date else {}
        return {**found, "redriveCount": one.redrive_count, **redriven}

    def stop_execution(self, **request: Any) -> dict[str, Any]:
        """End it; jobs and children are stopped with it."""
        self._host.engine_of_run().stop(request["executionArn"], cause=request.get("cause"))
        return {}


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
