"""Status events, metrics and logs of executions that ran in virtual time, without an emulator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal.asl.clock import SeededIds, VirtualClock, run_virtual
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, Machine
from rehearsal.stepfunctions.observation import Observer, is_logged, log_line, status_detail
from rehearsal.stepfunctions.store import MachineStore
from tests.rehearsal.sagemaker.fakes import FakePlatform

WAITING = {
    "QueryLanguage": "JSONata",
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "Seconds": 90, "Next": "Fail"},
        "Fail": {"Type": "Fail", "Error": "Bad"},
    },
}
MACHINE = Machine(
    "arn:aws:states:eu-west-1:111122223333:stateMachine:m", "m", "arn:role", json.dumps(WAITING)
)


def observed(listener: Any) -> Execution:
    async def main() -> Execution:
        engine = Engine(None, VirtualClock(), SeededIds(1))  # type: ignore[arg-type]
        engine.on_status.append(listener)
        return await engine.run(MACHINE, "one", '{"a": 1}')

    execution: Execution = run_virtual(main())
    return execution


def test_start_and_end_are_events_with_dates_in_milliseconds() -> None:
    details: list[dict[str, Any]] = []
    observed(lambda execution: details.append(status_detail(execution)))
    started, ended = details
    assert (started["status"], started["stopDate"], started["output"]) == ("RUNNING", None, None)
    assert (ended["status"], ended["error"], ended["input"]) == ("FAILED", "Bad", '{"a": 1}')
    assert ended["stopDate"] - ended["startDate"] == 90_000


def test_an_input_too_large_for_an_event_is_left_out_and_said_so() -> None:
    execution = observed(lambda _: None)
    execution.input = json.dumps("x" * 255_000)
    detail = status_detail(execution)
    assert (detail["input"], detail["inputDetails"]) == (None, {"included": False})


def test_an_execution_counts_in_the_metrics_of_its_machine() -> None:
    platform = FakePlatform()
    observed(Observer(platform, MachineStore()).on_status)
    names = [metric[1] for metric in platform.metrics]
    assert names == ["ExecutionsStarted", "ExecutionsFailed", "ExecutionTime"]


@pytest.mark.parametrize(
    ("event_type", "levels"),
    [
        ("WaitStateEntered", {"ALL"}),
        ("TaskFailed", {"ALL", "ERROR"}),
        ("ExecutionFailed", {"ALL", "ERROR", "FATAL"}),
    ],
)
def test_a_log_level_takes_its_events_and_worse(event_type: str, levels: set[str]) -> None:
    assert {level for level in ("ALL", "ERROR", "FATAL") if is_logged(event_type, level)} == levels


def test_a_logged_event_carries_its_numbers_as_text() -> None:
    execution = observed(lambda _: None)
    line = json.loads(log_line(execution, execution.events[1], shows_data=True))
    assert (line["id"], line["type"], line["previous_event_id"]) == ("2", "WaitStateEntered", "0")
    assert (line["redrive_count"], line["details"]["name"]) == ("0", "Wait")
    assert json.loads(line["details"]["input"]) == {"a": 1}


def test_a_log_without_data_still_tells_errors_and_their_causes() -> None:
    execution = observed(lambda _: None)
    entered = json.loads(log_line(execution, execution.events[1], shows_data=False))
    assert entered["details"] == {"name": "Wait"}
    details = {"error": "E", "cause": "c", "output": "1", "outputDetails": {}}
    event = {**execution.events[1], "executionFailedEventDetails": details}
    del event["stateEnteredEventDetails"]
    assert json.loads(log_line(execution, event, shows_data=False))["details"] == {"error": "E", "cause": "c"}
