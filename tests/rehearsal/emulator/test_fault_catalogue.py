"""The catalogue of faults and what is written of it: every one is documented, and struck with by somebody."""

from __future__ import annotations

import re

import pytest

from rehearsal.emulator.faults import CATALOGUE, KINDS
from rehearsal.workplace import ROOT

PAGE = (ROOT / "docs/scenarios.md").read_text()
USERS = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "rehearsal/scenarios").glob("*.py")]


def rows() -> dict[str, str]:
    """The first row of each fault in the table of the page, by its name in the first column."""
    found = [line for line in PAGE.splitlines() if line.startswith("| `")]
    return {name: line for line in reversed(found) for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}


@pytest.mark.parametrize("fault", CATALOGUE)
def test_a_fault_is_documented_with_all_its_fields(fault: str) -> None:
    fields = rows()[fault].split(" | ")[3]
    assert set(re.findall(r"`(\w+)`", fields)) == set(CATALOGUE[fault])


@pytest.mark.parametrize("fault", CATALOGUE)
def test_a_fault_is_used_by_a_scenario_or_a_test(fault: str) -> None:
    assert any(f'"{fault}"' in path.read_text() for path in USERS)


def test_kinds_are_named_for_known_faults_only() -> None:
    assert set(KINDS) <= set(CATALOGUE)
