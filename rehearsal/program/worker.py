"""The parent's side of the process that runs the program: starts it, follows it, never leaves it behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socketpair
from typing import Self

from rehearsal.program.child import Job
from rehearsal.program.deployment import Deployment, Progress
from rehearsal.program.errors import ProgramError

Listener = Callable[[Progress], None]
_TIMEOUT_SECONDS = 180.0
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Worker:
    """A process that waits for one job, and loads the SDK, the provider and boto3 while it waits."""

    def __init__(self, root: Path) -> None:
        ours, theirs = socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rehearsal.program.child", str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                cwd=root,
            )
        self._report = Connection(ours.detach())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; harmless where it has ended already."""
        self._report.close()
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def run(self, job: Job, on_progress: Listener = lambda _: None) -> Deployment:
        """Run one job to its end; what went wrong over there is raised here."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        self._report.send(job)
        while self._report.poll(max(0.0, deadline - time.monotonic())):
            try:
                message = self._report.recv()
            except EOFError as error:
                raise ProgramError(
                    "the process that ran the program died; see its last words above", 1
                ) from error
            if isinstance(message, BaseException):
                raise message
            if isinstance(message, Deployment):
                return message
            on_progress(message)
        raise ProgramError(f"the program was not done within {_TIMEOUT_SECONDS:.0f} s; it was stopped", 1)


def _environment() -> dict[str, str]:
    """The person's environment with our packages importable and no way to a real account."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AWS_", "PULUMI_")) and key.lower() not in _PROXIES
    }
    # Compiling the provider's modules takes longer than everything else together: let it happen once.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    ours = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [ours, os.environ.get("PYTHONPATH", "")]))
    return kept | {"PYTHONPATH": search_path, "AWS_EC2_METADATA_DISABLED": "true"}
