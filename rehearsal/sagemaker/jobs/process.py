"""A container as a process group of its own: started in its /opt/ml, read line by line, never left behind."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)
LAUNCHER = Path(__file__).with_name("launcher.py")
# containers share the cores here: OpenMP threads that spin while they wait slow each other down eightfold
SHARED_MACHINE = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1"}
READER_SECONDS = 5  # a worker that left the group may hold the pipe open
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Command:
    """What to run: argv, the container's environment, and the directory that holds what becomes /opt/ml."""

    argv: list[str]
    environment: dict[str, str]
    directory: Path
    hosts: tuple[str, ...] = ("algo-1",)
    is_cut_off: bool = False  # has no network but its own loopback

    @property
    def opt_ml(self) -> Path:
        """Return the directory that the container sees as /opt/ml."""
        return self.directory / "ml"

    def local(self, path: str) -> Path:
        """Return where a path below /opt/ml lies on this machine."""
        return self.opt_ml / Path(path).relative_to("/opt/ml")


class Process:
    """A started container.

    `on_line` gets every line of stdout and stderr, `on_exit` the exit code as a container reports it (137 for
    SIGKILL); both are called from threads of the process. Workers it leaves behind are killed with it.
    """

    def __init__(
        self,
        spawner: Executor,
        command: Command,
        on_line: Callable[[str], None],
        on_exit: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.command = command
        self.exit_code: int | None = None
        self._on_line = on_line
        self._on_exit = on_exit
        self._ended = threading.Event()
        # one long-lived thread starts all processes: the kernel ties "die with the parent" to that thread
        self._process = spawner.submit(self._spawn).result()
        self._reader = threading.Thread(target=self._read, daemon=True, name="container-log")
        self._reader.start()
        threading.Thread(target=self._reap, daemon=True, name="container-exit").start()

    def _spawn(self) -> subprocess.Popen[bytes]:
        hosts = self.command.directory / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {' '.join(self.command.hosts)}\n")
        order = {
            "opt_ml": str(self.command.opt_ml),
            "hosts": str(hosts),
            "parent": os.getpid(),
            "argv": self.command.argv,
            "is_cut_off": self.command.is_cut_off,
        }
        inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
        opt_ml = {"OPT_ML": str(self.command.opt_ml)}
        environment = {**inherited, **SHARED_MACHINE, **self.command.environment, **opt_ml}
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(order)],
            cwd=self.command.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _read(self) -> None:
        pipe = self._process.stdout
        if pipe is None:
            return
        with pipe, (self.command.directory / "log.txt").open("ab") as log:
            for raw in pipe:
                log.write(raw)
                log.flush()
                self._tell(raw.decode(errors="replace").rstrip("\n"))

    def _tell(self, line: str) -> None:
        """Pass a line on; whatever goes wrong there, the pipe must be read on or the container would hang."""
        try:
            self._on_line(line)
        except Exception:
            logger.exception("a log line of %s", self.command.directory)

    def _reap(self) -> None:
        """Wait for the end; the group is killed before the process is reaped, while its id is still ours."""
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self._signal(signal.SIGKILL)
        code = self._process.wait()
        self._reader.join(READER_SECONDS)
        self.exit_code = 128 - code if code < 0 else code
        self._ended.set()
        self._on_exit(self.exit_code)

    @property
    def session_id(self) -> int:
        """The session that the container and all it starts run in."""
        return self._process.pid

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Wait for the end; tell whether it came in time."""
        return self._ended.wait(timeout_seconds)

    def terminate(self, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL once the grace is over."""
        self._signal(signal.SIGTERM)
        if not self.wait(grace_seconds):
            self.kill()

    def kill(self) -> None:
        """SIGKILL the whole group and wait for it."""
        self._signal(signal.SIGKILL)
        self.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self._ended.is_set():
            return
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return
