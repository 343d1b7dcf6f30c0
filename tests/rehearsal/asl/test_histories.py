"""What holds for the history of any machine, however it ends."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.asl.clock import SystemClock, SystemIds
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, Machine
from rehearsal.asl.simulation import Reply, Simulation

ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}
RETRY = [{"ErrorEquals": ["E"], "MaxAttempts": 1}]
PASS = {"Type": "Pass"}
LEAF = st.sampled_from(
    [
        PASS,
        {"Type": "Wait", "Seconds": 3},
        {"Type": "Pass", "Output": "{% $nope %}"},
        {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}},
        {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 1, "Retry": RETRY},
    ]
)


def flow(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": {**state, "End": True}}}


def parallel(states: list[dict[str, Any]], retry: bool) -> dict[str, Any]:
    return {
        "Type": "Parallel",
        "Branches": [flow(state) for state in states],
        **({"Retry": RETRY} if retry else {}),
    }


def each(state: dict[str, Any], items: int, limit: int) -> dict[str, Any]:
    return {"Type": "Map", "Items": list(range(items)), "MaxConcurrency": limit, "ItemProcessor": flow(state)}


STATES = st.recursive(
    LEAF,
    lambda inner: (
        st.builds(parallel, st.lists(inner, min_size=1, max_size=3), st.booleans())
        | st.builds(each, inner, st.integers(0, 4), st.integers(0, 2))
    ),
    max_leaves=6,
)


def renamed(state: dict[str, Any], path: str = "S") -> dict[str, Any]:
    """The same state with names that are unique in the machine."""
    flows = [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]
    for index, inner in enumerate(flows):
        name = f"{path}.{index}"
        inner.update(StartAt=name, States={name: renamed(inner["States"].pop("S", None) or {}, name)})
    return state


def check(execution: Execution) -> None:
    events = execution.events
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["previousEventId"] < event["id"] for event in events)
    assert [event["type"] for event in events if event["type"] in ENDS] == [events[-1]["type"]]
    counted = Counter(event["type"] for event in events)
    for started, ends in (
        ("MapIterationStarted", ("MapIterationSucceeded", "MapIterationFailed", "MapIterationAborted")),
        ("TaskScheduled", ("TaskSucceeded", "TaskFailed", "TaskTimedOut", "TaskStateAborted")),
    ):
        assert counted[started] <= sum(counted[end] for end in ends)
    entered = {event["id"] for event in events if event["type"].endswith("StateEntered")}
    assert len(entered) >= sum(event["type"].endswith("StateExited") for event in events)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(state=STATES, failures=st.lists(st.booleans(), min_size=1, max_size=6), has_catch=st.booleans())
def test_every_history_is_numbered_linked_and_ended_once(
    new_stage: Any, states: Any, state: dict[str, Any], failures: list[bool], has_catch: bool
) -> None:
    stage = new_stage(1)
    stage.host.script("lambda:f", *[Reply(1, seconds=2, error="E" if fails else None) for fails in failures])
    stage.host.script("lambda:", Reply(1, seconds=2))
    outer = parallel([json.loads(json.dumps(state))], retry=False)
    if has_catch:
        outer["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    caught = {"Caught": {"Type": "Succeed"}} if has_catch else {}
    execution = stage.run(states(Outer={**renamed(outer, "Outer"), "End": True}, **caught))
    assert execution.status == ("SUCCEEDED" if has_catch else execution.status)
    check(execution)


@pytest.mark.parametrize(("limit", "status"), [({}, "SUCCEEDED"), ({"TimeoutSeconds": 9}, "TIMED_OUT")])
def test_the_same_engine_runs_on_the_system_clock(limit: dict[str, int], status: str) -> None:
    async def main() -> Execution:
        engine = Engine(Simulation(), SystemClock(), SystemIds(), wait_scale=0.001)
        text = json.dumps({"QueryLanguage": "JSONata", **flow({"Type": "Wait", "Seconds": 10}), **limit})
        machine = Machine("arn:aws:states:eu-west-1:111122223333:stateMachine:m", "m", "role", text)
        execution = await engine.run(machine, "one", "{}")
        await engine.close()
        return execution

    execution = asyncio.run(main())
    assert execution.status == status
    assert execution.stop_date is not None
    assert execution.stop_date - execution.start_date < 2
    check(execution)
