"""TestState: one state of a definition, tried with an input of its own."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.asl import broken_json
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, Machine
from rehearsal.asl.history import History
from rehearsal.asl.integrations import parse_resource
from rehearsal.asl.lint.states import TYPES
from rehearsal.asl.ports import Clock, Integration, StatesError
from rehearsal.asl.program import Flow, compile_flow
from rehearsal.asl.trial import LONE_STATE, Mock, Trial, Verdict, try_state
from rehearsal.asl.wire import iso_timestamp
from rehearsal.emulator.platform import Platform, ServiceError
from rehearsal.stepfunctions import mocked_results
from rehearsal.stepfunctions.awscall import PRINCIPAL
from rehearsal.stepfunctions.creation import check_role_arn
from rehearsal.stepfunctions.definitions import check_definition, states_of
from rehearsal.stepfunctions.operations import Operation, Request

MOCKABLE = ("Task", "Map", "Parallel")
CONTEXT_FIELDS = ("Execution", "State", "StateMachine", "Task")
EXECUTION_FIELDS = ("Id", "Input", "Name", "RedriveCount", "RedriveTime", "RoleArn", "StartTime")


class StateTestsApi:
    """The operation TestState; on the engine's loop."""

    def __init__(self, platform: Platform, engine: Engine, clock: Clock) -> None:
        self._platform = platform
        self._engine = engine
        self._clock = clock

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names."""
        return {"TestState": self._test}

    async def _test(self, request: Request, caller: str | None) -> Request:
        name, state = _chosen(request)
        mock = _mock(request, state)
        if request.get("roleArn"):
            check_role_arn(request["roleArn"])
            self._platform.require_pass_role(caller, request["roleArn"], PRINCIPAL)
        elif mock is None and state["Type"] == "Task":
            raise _invalid("RoleArn must be specified when testing a Task state")
        configuration = request.get("stateConfiguration") or {}
        flow = _flow(name, state)
        trial = Trial(
            flow.states[name],
            _json(request, "input", {}),
            _json(request, "variables", {}),
            _context(request, state),
            mock,
            configuration.get("retrierRetryCount") or 0,
            configuration.get("mapIterationFailureCount") or 0,
        )
        execution, context = self._execution(request, flow)
        verdict = await try_state(self._engine, execution, context, trial)
        return _answer(request, verdict)

    def _execution(self, request: Request, flow: Flow) -> tuple[Execution, dict[str, Any]]:
        name, machine_name = self._engine.ids.uuid(), self._engine.ids.uuid()
        base = f"arn:aws:states:{self._platform.region}:{self._platform.account_id}"
        machine_arn, arn = f"{base}:stateMachine:{machine_name}", f"{base}:express:{machine_name}:{name}"
        role_arn, now = request.get("roleArn"), self._clock.time()
        machine = Machine(machine_arn, machine_name, role_arn or "", request["definition"], "EXPRESS")
        text = request.get("input") or "{}"
        execution = Execution(arn, name, machine, text, History(self._clock), now, flow)
        details = {
            "Id": arn,
            "Input": json.loads(text),
            "Name": name,
            "RoleArn": role_arn,
            "StartTime": iso_timestamp(now),
        }
        return execution, {
            "Execution": details,
            "StateMachine": {"Id": machine_arn, "Name": machine_name},
        }


def _invalid(reason: str) -> ServiceError:
    return ServiceError("ValidationException", reason)


def _chosen(request: Request) -> tuple[str, dict[str, Any]]:
    """The state to try, by its name where the definition is a whole machine's."""
    try:
        definition = broken_json.loads(request["definition"])
    except ValueError as broken:
        raise ServiceError("InvalidDefinition", f"INVALID_JSON_DESCRIPTION: {broken}") from broken
    if not isinstance(definition, dict):
        raise ServiceError("InvalidDefinition", "Definition must be a valid JSON object")
    wanted = request.get("stateName")
    if "States" not in definition and wanted is None:
        return LONE_STATE, {"QueryLanguage": "JSONPath", **definition}
    if "States" not in definition or wanted is None:
        raise _invalid("stateName goes with the definition of a whole state machine, and only with that")
    check_definition(request["definition"], "STANDARD")
    for flow in [definition, *_inner_flows(definition)]:
        if wanted in flow["States"]:
            return wanted, {"QueryLanguage": "JSONata", **flow["States"][wanted]}
    raise _invalid("State not found in definition")


def _inner_flows(definition: dict[str, Any]) -> list[dict[str, Any]]:
    states = states_of(definition)
    return [
        flow for state in states for flow in (*state.get("Branches", []), state.get("ItemProcessor")) if flow
    ]


def _flow(name: str, state: dict[str, Any]) -> Flow:
    """The state compiled alone, after the checks of a definition with its targets beside it."""
    if state.get("Type") not in TYPES:
        raise ServiceError(
            "InvalidDefinition",
            "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: The field 'Type' should have one "
            f"of these values: [{', '.join(TYPES)}] at /Type'",
        )
    targets = {entry.get("Next") for key in ("Choices", "Catch") for entry in state.get(key, [])}
    targets |= {state.get("Next"), state.get("Default")}
    others = {target: {"Type": "Succeed"} for target in targets - {None, name}}
    machine = {
        "QueryLanguage": state.get("QueryLanguage"),
        "StartAt": name,
        "States": {name: state, **others},
    }
    check_definition(json.dumps(machine), "STANDARD")
    return compile_flow(machine)


def _mock(request: Request, state: dict[str, Any]) -> Mock | None:
    given, kind = request.get("mock"), state.get("Type")
    integration = parse_resource(str(state.get("Resource", "")))
    if given is None:
        _require_no_mock_needed(request, state, integration)
        return None
    if kind not in MOCKABLE:
        raise _invalid(f"State type '{kind}' is not supported when a mock is specified")
    result, failure = given.get("result"), given.get("errorOutput")
    if result is not None and failure is not None:
        raise _invalid("A test mock should have only one of the following fields: [result, errorOutput].")
    if failure is not None:
        return Mock(failure=StatesError(failure.get("error"), failure.get("cause")))
    if result is None:
        raise _invalid("A mock needs a result or an errorOutput")
    if request.get("revealSecrets"):
        raise _invalid("TestState does not support RevealSecrets when a mock is specified.")
    parsed = _mocked_result(result)
    _check_shape(request, state, parsed)
    if integration is not None:
        wrong = mocked_results.problem(integration, parsed, given.get("fieldValidationMode") or "STRICT")
        if wrong:
            raise _invalid(f"Mock result schema validation error: {wrong}")
    return Mock(result=parsed)


def _require_no_mock_needed(request: Request, state: dict[str, Any], integration: Integration | None) -> None:
    configuration, kind = request.get("stateConfiguration") or {}, state.get("Type")
    if configuration.get("mapIterationFailureCount") is not None:
        raise _invalid("TestState does not support MapIterationFailureCount when a mock is not specified.")
    if kind in ("Map", "Parallel"):
        raise ServiceError(
            "InvalidDefinition",
            "TestState API does not support Map or Parallel states. Supported state types include: "
            "[Task, Wait, Pass, Succeed, Fail, Choice]",
        )
    if integration is not None and integration.pattern != "request_response":
        raise _invalid(f"{state['Resource']} waits for its outcome and can only be tested with a mock")


def _check_shape(request: Request, state: dict[str, Any], result: Any) -> None:
    """What the result of a Map or a Parallel looks like."""
    if state["Type"] == "Task":
        return
    if "ResultWriter" in state:
        if not isinstance(result, dict):
            raise _invalid("Mocked result must be a JSON object.")
        return
    if not isinstance(result, list):
        raise _invalid("Mocked result must be an array.")
    if len(result) != len(state.get("Branches", result)):
        raise _invalid("Mocked result must contain the same number of items as number of Parallel branches.")
    configuration = request.get("stateConfiguration") or {}
    if (configuration.get("mapIterationFailureCount") or 0) > len(result):
        raise _invalid(
            "Map iteration failure count must be less than or equal to the number of Map iterations"
        )


def _mocked_result(text: str) -> Any:
    try:
        return broken_json.loads(text)
    except ValueError as broken:
        raise _invalid("Mocked result must be valid JSON") from broken


def _context(request: Request, state: dict[str, Any]) -> dict[str, Any] | None:
    if request.get("context") is None:
        return None
    context: dict[str, Any] = _json(request, "context", {})
    if "Map" in context:
        raise _bad_context("'Map' field is not supported when mocking a Context object")
    unknown = [name for name in context if name not in CONTEXT_FIELDS]
    unknown += [name for name in context.get("Execution", {}) if name not in EXECUTION_FIELDS]
    if unknown:
        raise _bad_context(f"Field '{unknown[0]}' is not allowed")
    execution_id = context.get("Execution", {}).get("Id", "")
    if not isinstance(execution_id, str):
        raise _bad_context("Execution.Id must be a string")
    integration = parse_resource(str(state.get("Resource", "")))
    if "Task" in context and (integration is None or integration.pattern == "request_response"):
        raise _bad_context(
            "Context object contains 'Task' when state is not a Task state with a '.sync' or "
            "'.waitForTaskToken' service integration pattern"
        )
    return context


def _bad_context(reason: str) -> ServiceError:
    return _invalid(f"Invalid Context object provided: {reason}")


def _json(request: Request, field: str, default: Any) -> Any:
    return default if request.get(field) is None else _parsed(request[field], field)


def _parsed(text: str, field: str) -> Any:
    try:
        return broken_json.loads(text)
    except ValueError as broken:
        code = "InvalidExecutionInput" if field == "input" else "ValidationException"
        raise ServiceError(code, f"{field} is not valid JSON: {broken}") from broken


def _answer(request: Request, verdict: Verdict) -> Request:
    answer: Request = {
        "status": verdict.status,
        "output": verdict.output,
        "error": verdict.error,
        "cause": verdict.cause,
        "nextState": verdict.next_state,
    }
    if request.get("inspectionLevel", "INFO") != "INFO":
        answer["inspectionData"] = _inspection(request, verdict)
    return {key: value for key, value in answer.items() if value is not None}


def _inspection(request: Request, verdict: Verdict) -> Request:
    backoff = None if verdict.retry_seconds is None else int(verdict.retry_seconds)
    errors = {
        "catchIndex": verdict.catch_index,
        "retryIndex": verdict.retry_index if verdict.catch_index is None else None,
        "retryBackoffIntervalSeconds": backoff,
    }
    errors = {key: value for key, value in errors.items() if value is not None}
    data = {
        "input": request.get("input") or "{}",
        "afterArguments": verdict.arguments,
        "result": verdict.result,
        "variables": verdict.variables,
        "errorDetails": errors or None,
    }
    data |= verdict.limits
    return {key: value for key, value in data.items() if value is not None}
