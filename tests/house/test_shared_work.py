"""Test processes share what is dear to make, and start with what takes longest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.made_once import MadeOnce
from tests.order import AFTER_ONE_ANOTHER, LONGEST_FIRST, longest_first, refuse_addresses, share_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MadeOnce]:
    """Two test processes of one run."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    folders: Any = [SimpleNamespace(getbasetemp=lambda name=name: tmp_path / name) for name in ("one", "two")]
    return map(MadeOnce, folders)


def write(folder: Path) -> None:
    (folder / "made").touch(exist_ok=False)


def test_what_one_process_made_is_found_by_the_next(processes: Iterator[MadeOnce]) -> None:
    made, found = (process.folder("thing", write) for process in processes)
    assert made == found and (found / "made").exists()


def test_what_failed_in_one_process_is_made_anew_by_the_next(processes: Iterator[MadeOnce]) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError

    with pytest.raises(OSError):
        next(processes).folder("thing", fail)
    made = next(processes).folder("thing", write)
    assert [path.name for path in made.iterdir()] == ["made"]


def test_every_file_with_a_place_of_its_own_exists() -> None:
    named = [*LONGEST_FIRST, *AFTER_ONE_ANOTHER, *AFTER_ONE_ANOTHER.values()]
    assert [file for file in named if not (ROOT / file).exists()] == []


def test_a_name_that_differs_in_every_process_is_refused_with_the_remedy() -> None:
    items: Any = [SimpleNamespace(nodeid="tests/a.py::one[<tests.a.Fake object at 0x7f8c87e00250>]")]
    with pytest.raises(pytest.UsageError, match=r"tests/a\.py::one.*give its parameters ids"):
        refuse_addresses(items)


def test_a_file_is_never_shared_and_whole_rehearsals_take_turns() -> None:
    assert share_of("tests/a/test_b.py::test_c[x::y]") == "tests/a/test_b.py"
    whole = ("tests/rehearsal/test_rehearse.py", "tests/rehearsal/test_scenarios.py")
    assert len({share_of(f"{file}::test_one") for file in whole}) == 1


def test_long_files_start_first_and_the_rest_keeps_its_order() -> None:
    names = ["tests/b.py::one", f"{LONGEST_FIRST[1]}::one", "tests/a.py::one", f"{LONGEST_FIRST[0]}::one"]
    items: Any = [SimpleNamespace(nodeid=name) for name in names]
    longest_first(items)
    assert [item.nodeid for item in items] == [names[3], names[1], names[0], names[2]]
