"""Starts and stops the emulator as a process of its own, for the driver and for tests."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rehearsal.emulator.clients import Clients
from rehearsal.emulator.environment import ACCOUNT_ID, REGION, ROOT_DIR

READY_LIMIT_SECONDS = 30
STOP_LIMIT_SECONDS = 20


class EmulatorError(RuntimeError):
    """The emulator couldn't be started; the message is one line with the remedy."""


@dataclass
class Emulator:
    """A running emulator; `with Emulator.start(work_dir=...) as emulator:` ends it and all it started."""

    endpoint_url: str
    work_dir: Path
    root_dir: Path
    pid: int
    account_id: str
    region: str
    _process: subprocess.Popen[str]
    _clients: Clients

    @classmethod
    def start(
        cls,
        *,
        work_dir: Path,
        root_dir: Path = ROOT_DIR,
        port: int | None = None,
        auth: bool = True,
        wait_scale: float = 1.0,
        log_level: str = "WARNING",
    ) -> Self:
        """Start it on a port of 127.0.0.1 (None takes a free one) and wait until it is healthy.

        Its log is emulator.log in `work_dir`; `root_dir` has the containers/ that stand for images;
        `wait_scale` multiplies Waits and retry delays of state machines, and no timeouts. It ends with this
        process, however this process ends.
        Raises EmulatorError.
        """
        work_dir = work_dir.resolve()
        work_dir.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "rehearsal.emulator.server", "--die-with-stdin"]
        command += ["--port", str(port or 0), "--work-dir", str(work_dir)]
        command += ["--root-dir", str(root_dir)]
        command += ["--wait-scale", str(wait_scale), "--log-level", log_level]
        command += [] if auth else ["--without-iam"]
        with (work_dir / "emulator.log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT_DIR,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # Ctrl-C reaches the driver, which then stops us in order
            )
        try:
            ready = _await_ready(process, work_dir / "emulator.log")
        except BaseException:
            process.kill()
            _close(process)
            raise
        clients = Clients(ready["endpoint_url"], REGION)
        return cls(
            ready["endpoint_url"], work_dir, root_dir, process.pid, ACCOUNT_ID, REGION, process, clients
        )

    def client(self, service: str) -> Any:
        """Return root's boto3 client of a service."""
        return self._clients.get(service)

    def control(self, method: str, path: str, request: dict[str, Any] | None = None) -> Any:
        """Call a control route, as `control("POST", "faults", {...})`; raises EmulatorError as refused."""
        url = f"{self.endpoint_url}/_rehearsal/{path}"
        body = json.dumps(request or {}).encode() if method == "POST" else None
        asked = urllib.request.Request(url, body, method=method)  # noqa: S310 - http, 127.0.0.1
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - the same
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise EmulatorError(f"{method} {path}: {refused.read().decode()}") from refused

    def stop(self) -> None:
        """End it with everything it started; harmless where it has ended already."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        _close(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _close(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()
    process.wait()


def _await_ready(process: subprocess.Popen[str], log: Path) -> dict[str, str]:
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    deadline = time.monotonic() + READY_LIMIT_SECONDS
    while time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.1)[0]:
            line = process.stdout.readline()
            if line:
                ready: dict[str, str] = json.loads(line)
                return ready
            process.wait()
        if process.poll() is not None:
            raise EmulatorError(_last_line(log) or f"The emulator ended at once; see {log}.")
    raise EmulatorError(f"The emulator wasn't ready within {READY_LIMIT_SECONDS} s; see {log}.")


def _last_line(log: Path) -> str:
    lines = log.read_text().strip().splitlines()
    return lines[-1] if lines else ""
