"""Every workflow rendered with plausible facts, and a way to run one in virtual time from a script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from components.blocks.definition import WORKFLOWS, render, retry_policies
from rehearsal.asl.clock import SeededIds, VirtualClock, run_virtual
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Machine
from rehearsal.asl.host import TaskCall
from rehearsal.asl.ports import StatesError

EXPRESS = {"1a_data_validation"}
ACCOUNT = "arn:aws:states:eu-west-1:111122223333"


def fact(name: str) -> Any:
    """A value of the kind that the name of a fact promises."""
    kinds: dict[str, Any] = {
        "Arn": f"arn:aws:lambda:eu-west-1:111122223333:function:{name}",
        "Ids": [f"{name}-1", f"{name}-2"],
        "Seconds": 3600,
        "Count": 2,
        "Polls": 60,
        "Percentage": 10,
        "Cluster": {},
        "Resources": {},
        "Config": {},
    }
    return next((value for ending, value in kinds.items() if name.endswith(ending)), f"the-{name.lower()}")


@dataclass(frozen=True)
class Workflow:
    """A workflow of the folder, rendered."""

    name: str
    text: str
    source: str

    @property
    def type(self) -> str:
        return "EXPRESS" if self.name in EXPRESS else "STANDARD"

    @property
    def definition(self) -> dict[str, Any]:
        return dict(json.loads(self.text))

    def states(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every state with its name, those inside Map and Parallel included."""
        yield from _states(self.definition)

    def uncaught(self) -> Iterator[str]:
        """The Task states whose failure neither they nor what stands around them catches."""
        yield from _uncaught(self.definition)

    def tasks(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The Task states among them."""
        return ((name, state) for name, state in self.states() if state["Type"] == "Task")


def _states(flow: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in flow["States"].items():
        yield name, state
        for inner in [state.get("ItemProcessor"), *state.get("Branches", ())]:
            if inner:
                yield from _states(inner)


def _uncaught(flow: Mapping[str, Any]) -> Iterator[str]:
    for name, state in flow["States"].items():
        if state.get("Catch", [{"ErrorEquals": []}])[-1]["ErrorEquals"] == ["States.ALL"]:
            continue
        if state["Type"] == "Task":
            yield name
        for inner in [state.get("ItemProcessor"), *state.get("Branches", ())]:
            yield from _uncaught(inner) if inner else ()


def load(path: Path) -> Workflow:
    source = path.read_text(encoding="utf-8")
    names = set(re.findall(r"\$\{([A-Z][A-Za-z0-9]*)\}", source)) - retry_policies().keys()
    name = path.name.removesuffix(".asl.json")
    return Workflow(name, render(source, {one: fact(one) for one in names}), source)


ALL = {path.name.removesuffix(".asl.json"): path for path in sorted(WORKFLOWS.glob("*.asl.json"))}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "workflow" in metafunc.fixturenames:
        metafunc.parametrize("workflow", [load(path) for path in ALL.values()], ids=list(ALL))


@dataclass
class Script:
    """Answers each Task by its state's name: a value, an error, a function, or several in turn."""

    answers: Mapping[str, Any]
    calls: list[tuple[str, Any]] = field(default_factory=list)

    async def call(self, call: TaskCall, submitted: Callable[[Any], None]) -> Any:
        self.calls.append((call.state_name, call.arguments))
        submitted({})
        answer = self.answers[call.state_name]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if callable(answer):
            answer = answer(call.arguments)
        if isinstance(answer, StatesError):
            raise answer
        return answer

    def obstacle(self, integration: Any) -> str | None:
        """Nothing stands in the way of a scripted task."""
        _ = integration
        return None

    def arguments_of(self, state: str) -> list[Any]:
        return [arguments for name, arguments in self.calls if name == state]


@dataclass(frozen=True)
class Outcome:
    """How a scripted execution ended."""

    status: str
    error: str | None
    cause: Any
    output: Any
    script: Script
    states: list[str]


def run_scripted(name: str, value: Any, answers: Mapping[str, Any]) -> Outcome:
    workflow, script = load(ALL[name]), Script(answers)
    machine = Machine(
        f"{ACCOUNT}:stateMachine:{name}",
        name,
        "the-role",
        workflow.text,
        workflow.type,  # type: ignore[arg-type]
    )

    async def run() -> Any:
        return await Engine(script, VirtualClock(), SeededIds(1)).run(machine, "run-1", json.dumps(value))  # type: ignore[arg-type]

    execution = run_virtual(run())
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in execution.history.events
        if "stateEnteredEventDetails" in event
    ]
    cause = json.loads(execution.cause) if (execution.cause or "").startswith("{") else execution.cause
    output = json.loads(execution.output) if execution.output else None
    return Outcome(execution.status, execution.error, cause, output, script, entered)


@pytest.fixture
def run_workflow() -> Callable[[str, Any, Mapping[str, Any]], Outcome]:
    return run_scripted


@pytest.fixture
def states_error() -> type[StatesError]:
    return StatesError
