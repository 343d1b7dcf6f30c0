"""How several processes share the tests: file by file, so that what a file's tests have in common is made
once, and what takes longest first, so that no process is left with it alone at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

LONGEST_FIRST = (
    "tests/rehearsal/test_rehearse.py",
    "tests/containers/training/test_network.py",
    "tests/rehearsal/test_simulated.py",
    "tests/containers/data_preparation/test_spark.py",
    "tests/corpus/test_broken_files.py",
    "tests/containers/data_preparation/test_memory.py",
    "tests/rehearsal/test_campaign.py",
    "tests/containers/deployment/test_serving.py",
    "tests/rehearsal/program/test_run.py",
    "tests/components/test_grants.py",
)
AFTER_ONE_ANOTHER: Mapping[str, str] = {
    # Whole rehearsals keep more than one core busy, and their jobs have time limits: never two at once.
    "tests/rehearsal/test_scenarios.py": "tests/rehearsal/test_rehearse.py",
    # PyTorch takes each process seconds to import.
    "tests/containers/training/test_trainer_contract.py": "tests/containers/training/test_network.py",
    "tests/containers/training/test_folds.py": "tests/containers/training/test_network.py",
}


def refuse_addresses(items: list[pytest.Item]) -> None:
    """Raises UsageError for a test whose name is another one in every process: they could not be shared."""
    named = [item.nodeid for item in items if " object at 0x" in item.nodeid]
    if named:
        raise UsageError(f"{named[0]} has an object's address in its name: give its parameters ids of words")


def longest_first(items: list[pytest.Item]) -> None:
    """Sorts by file; within a file, and among files not named here, nothing changes."""
    rank = {file: number for number, file in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(share_of(item.nodeid), len(rank)))


def share_of(nodeid: str) -> str:
    """The file whose process runs a test."""
    file = nodeid.partition("::")[0]
    return AFTER_ONE_ANOTHER.get(file, file)


def scheduler(config: pytest.Config, log: Any) -> Any:
    """Hands the shares out in the order of the tests (pytest-xdist calls it for any number of processes)."""
    from xdist.scheduler import LoadScopeScheduling

    class Shares(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return share_of(nodeid)

    config.option.loadscopereorder = False
    return Shares(config, log)
