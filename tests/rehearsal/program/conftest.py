"""One embedded AWS for the tests of this folder, and a short way to declare a resource in it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rehearsal.emulator.process import Emulator
from rehearsal.program.account import Account
from rehearsal.program.backends import Creation
from rehearsal.program.handlers.registry import Created
from rehearsal.program.inputs import Declared
from rehearsal.program.place import Place

Make = Callable[..., Created]


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The embedded AWS in a process of its own."""
    with Emulator.start(work_dir=tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="session")
def account(emulator: Emulator) -> Account:
    """The account that handlers create in."""
    return Account(emulator.endpoint_url, Place(emulator.region, emulator.account_id))


@pytest.fixture
def make(account: Account, request: pytest.FixtureRequest) -> Make:
    """Create one resource strictly, under names that belong to the test."""
    creation = Creation(account)

    def make(resource_type: str, logical_name: str = "thing", /, **properties: Any) -> Created:
        declared = Declared(resource_type, logical_name, properties, {"project": "demo"}, request.node.name)
        return creation.create(declared)

    return make
