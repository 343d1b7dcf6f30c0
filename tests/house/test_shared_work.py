"""Test processes share what is dear to make, and start with what takes longest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.made_once import MadeOnce
from tests.order import LONGEST_FIRST, longest_first

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


def test_every_file_that_starts_first_exists() -> None:
    assert [file for file in LONGEST_FIRST if not (ROOT / file).exists()] == []


def test_long_files_start_first_and_the_rest_keeps_its_order() -> None:
    names = ["tests/b.py::one", f"{LONGEST_FIRST[1]}::one", "tests/a.py::one", f"{LONGEST_FIRST[0]}::one"]
    items: Any = [SimpleNamespace(nodeid=name) for name in names]
    longest_first(items)
    assert [item.nodeid for item in items] == [names[3], names[1], names[0], names[2]]
