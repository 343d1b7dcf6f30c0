"""The containers of one job attempt, one per host, watched until they end or something happens to them."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from rehearsal.emulator.faults import Fault
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.jobs.process import Command, Process
from rehearsal.sagemaker.jobs.usage import Meter

STOP_GRACE_SECONDS = 120


@dataclass(frozen=True)
class Happening:
    """What ended the watch: "exit" with a code, "stop", "deadline", or "fault" with the fault."""

    what: str
    exit_code: int = 0
    fault: Fault | None = None


class Cluster:
    """Starts all hosts; the first failure takes the others down."""

    def __init__(
        self, account: Account, commands: list[Command], on_line: Callable[[int, str], None], meter: Meter
    ) -> None:
        self._account = account
        self._commands = commands
        self._on_line = on_line
        self._meter = meter
        self._inbox: queue.Queue[Happening] = queue.Queue()
        self._faults: list[Fault] = []
        self._timers: list[threading.Timer] = []
        self.processes: list[Process] = []

    def start(self, faults: list[Fault]) -> None:
        """Start the containers; each fault strikes at its moment."""
        self._faults = [fault for fault in faults if fault["after_line"]]
        for index, command in enumerate(self._commands):
            on_line = partial(self._read, index)
            self.processes.append(Process(self._account.spawner, command, on_line, self._exit))
        self._meter.start(self.processes)
        for fault in faults:
            if not fault["after_line"]:
                timer = threading.Timer(fault["after_seconds"], self._strike, args=(fault,))
                timer.daemon = True
                timer.start()
                self._timers.append(timer)

    def request_stop(self) -> None:
        """Make the watch return "stop"."""
        self._inbox.put(Happening("stop"))

    def watch(self, deadline: float) -> Happening:
        """Wait until all hosts ended well, one failed, or something else came; `deadline` is time.time()."""
        running = len(self.processes)
        while True:
            try:
                found = self._inbox.get(timeout=max(0.0, deadline - time.time()))
            except queue.Empty:
                return Happening("deadline")
            if found.what == "fault" and found.fault and found.fault.fault == "killed_worker":
                self.processes[-1].kill()
                continue
            if found.what != "exit" or found.exit_code != 0:
                return found
            running -= 1
            if running == 0:
                return found

    def terminate(self) -> None:
        """Stop as StopTrainingJob does: SIGTERM, and SIGKILL after AWS's 120 seconds (scaled)."""
        grace = self._account.scaled(STOP_GRACE_SECONDS)
        stoppers = [threading.Thread(target=p.terminate, args=(grace,)) for p in self.processes]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()

    def kill(self) -> None:
        """End whatever still runs."""
        self._meter.stop()
        for timer in self._timers:
            timer.cancel()
        for process in self.processes:
            process.kill()

    def _read(self, host: int, line: str) -> None:
        self._on_line(host, line)
        for fault in list(self._faults):
            if re.search(fault["after_line"], line):
                self._faults.remove(fault)
                self._strike(fault)

    def _strike(self, fault: Fault) -> None:
        self._inbox.put(Happening("fault", fault=fault))

    def _exit(self, exit_code: int) -> None:
        self._inbox.put(Happening("exit", exit_code))


def moments(account: Account, names: tuple[str, ...], kind: str, job_name: str) -> list[Fault]:
    """Return the faults that meet this attempt while its containers run."""
    found: list[Any] = [account.faults.strike(name, kind, job_name) for name in names]
    return [fault for fault in found if fault is not None]
