"""The table of runs in memory: the simulated account's DynamoDB, which judges conditions as AWS does."""

from __future__ import annotations

import pytest

from rehearsal.simulated.account.expressions import Item
from rehearsal.simulated.account.tables import DynamoDb


class RunsTable(DynamoDb):
    """Its items by id."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        super().__init__({"runs": self.items})


@pytest.fixture
def table() -> RunsTable:
    return RunsTable()


@pytest.fixture(scope="session")
def new_table() -> type[RunsTable]:
    return RunsTable
