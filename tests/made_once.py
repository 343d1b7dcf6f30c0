"""What is dear to make is made by the first test process that needs it, and found by the others."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


class MadeOnce:
    """Folders that all processes of one test run share."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        own = factory.getbasetemp()
        # pytest-xdist gives every process a folder of its own inside that of the run.
        self._folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def folder(self, name: str, fill: Callable[[Path], None]) -> Path:
        """The folder of that name, filled; whoever comes meanwhile waits. What fails is tried by the next."""
        folder, done = self._folder / f"once-{name}", self._folder / f"once-{name}.done"
        with (self._folder / f"once-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                done.touch()
        return folder
