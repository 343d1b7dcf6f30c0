"""Ways to look at what the program declared."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.program.deployment import Deployment, Registration


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
