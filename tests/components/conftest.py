"""The program, run once per stack with everything drained; tests read what it declared."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rehearsal.program.deployment import Deployment, Registration
from rehearsal.program.run import record

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("dev", "prod")


@pytest.fixture(scope="session")
def stacks() -> dict[str, Deployment]:
    with ThreadPoolExecutor(len(STACKS)) as pool:
        return dict(zip(STACKS, pool.map(lambda stack: record(ROOT, stack), STACKS), strict=True))


@pytest.fixture(params=STACKS)
def declared(request: pytest.FixtureRequest, stacks: dict[str, Deployment]) -> Deployment:
    return stacks[request.param]


@pytest.fixture
def policies(declared: Deployment) -> list[tuple[str, dict[str, Any]]]:
    """(role, statement) of every Allow that an inline role policy gives."""
    return [
        (policy.inputs["role"], statement)
        for policy in declared.of_type("aws:iam/rolePolicy:RolePolicy")
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        if statement["Effect"] == "Allow"
    ]


@pytest.fixture
def beside(declared: Deployment) -> Callable[[Registration, str], Registration]:
    """The only resource of a type that has the same parent as a resource."""

    def find(resource: Registration, resource_type: str) -> Registration:
        [found] = [other for other in declared.of_type(resource_type) if other.parent == resource.parent]
        return found

    return find
