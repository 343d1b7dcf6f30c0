"""Which test files start first when several processes share the tests: the long ones, so that none is left
over at the end for one process alone. A file is never split, so its fixtures are made once."""

from __future__ import annotations

import pytest

LONGEST_FIRST = (
    "tests/containers/training/test_network.py",
    "tests/containers/training/test_trainer_contract.py",
    "tests/rehearsal/test_simulated.py",
    "tests/containers/data_preparation/test_spark.py",
    "tests/containers/deployment/test_serving.py",
    "tests/rehearsal/program/test_run.py",
    "tests/components/test_grants.py",
)


def longest_first(items: list[pytest.Item]) -> None:
    """Sorts by file; within a file, and among files not named here, nothing changes."""
    rank = {file: number for number, file in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(rank)))
