"""Machines run in virtual time against a scripted host."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.asl.clock import run_virtual
from rehearsal.asl.engine import Engine
from rehearsal.asl.execution import Execution, Machine
from rehearsal.asl.lint import lint
from rehearsal.asl.simulation import Reply, Simulation, simulated_engine

ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:conformance"
ROLE = "arn:aws:iam::111122223333:role/states"


class Stage:
    """One machine at a time; `meanwhile` is a coroutine that acts on the running execution."""

    def __init__(self, seed: int = 1) -> None:
        self.host = Simulation()
        self.seed = seed
        self.engine: Engine | None = None

    def machine(self, definition: dict[str, Any], kind: str = "STANDARD") -> Machine:
        text = json.dumps(definition)
        assert lint(text, kind) == []
        return Machine(ARN, "conformance", ROLE, text, kind)

    def run(
        self, definition: dict[str, Any], value: Any = None, kind: str = "STANDARD", meanwhile: Any = None
    ) -> Execution:
        async def main() -> Execution:
            self.engine = simulated_engine(self.host, self.seed)
            text = json.dumps({} if value is None else value)
            execution = self.engine.start(self.machine(definition, kind), "one", text)
            if meanwhile is not None:
                await meanwhile(self.engine, execution)
            await self.engine.wait(execution.arn)
            await self.engine.close()
            return execution

        return run_virtual(main())


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def new_stage() -> Callable[[int], Stage]:
    return Stage


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


def states(**by_name: dict[str, Any]) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(by_name)), "States": by_name}


@pytest.fixture(name="states")
def states_fixture() -> Callable[..., dict[str, Any]]:
    return states
