"""Folders of rehearsals: old ones go, running ones stay, and a full disk is said in one line."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from rehearsal import workplace
from rehearsal.errors import RehearsalError

NOBODY = 2**22 + 1  # above the largest process id of Linux


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(workplace, "FOLDER", tmp_path / ".rehearsal")
    return tmp_path / ".rehearsal"


def test_the_oldest_finished_rehearsals_make_room_for_the_new_one(folder: Path) -> None:
    for day in range(1, 9):
        (folder / f"2026010{day}-000000-{NOBODY}").mkdir(parents=True)
    new = workplace.new_folder()
    left = sorted(path.name for path in folder.iterdir())
    assert left == [*(f"2026010{day}-000000-{NOBODY}" for day in range(5, 9)), new.name]


def test_the_folder_of_a_rehearsal_under_way_is_never_dropped(folder: Path) -> None:
    running = folder / f"20200101-000000-{os.getpid()}"
    running.mkdir(parents=True)
    for day in range(1, 9):
        (folder / f"2026010{day}-000000-{NOBODY}").mkdir()
    workplace.new_folder()
    assert running.exists()


@pytest.mark.usefixtures("folder")
def test_a_full_disk_is_one_line_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 5 * 1024**2))
    with pytest.raises(RehearsalError, match=r"5 MiB are free .* needs 1024 MiB.*rm -r \.rehearsal"):
        workplace.new_folder()


def test_nothing_served_is_one_line_that_says_how_to_serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(RehearsalError, match=f"serve --port {port}"):
        workplace.running_emulator_url(port)


def test_a_path_is_shown_as_a_person_would_type_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert workplace.shown(tmp_path / "a/report.html") == "a/report.html"
    assert workplace.shown(Path("/elsewhere/report.html")) == "/elsewhere/report.html"


def test_a_checkout_that_cannot_be_written_is_said_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(workplace, "FOLDER", tmp_path / "file/.rehearsal")
    with pytest.raises(RehearsalError, match=r"can't be made \(Not a directory\).*work in a copy"):
        workplace.new_folder()
