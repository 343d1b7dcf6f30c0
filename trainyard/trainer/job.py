"""A training job on this machine: its folder as SageMaker lays it out, and what runs in it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.failures import ConfigurationRejected

STOPPED = 128 + signal.SIGTERM
DOCKER_FAILED = 125  # docker run: an error of Docker's own, not of what it runs


@dataclass(frozen=True, kw_only=True)
class Trainer:
    """What is checked: an image for Docker, or a command that finds its folder in OPT_ML."""

    image: str | None = None
    command: Sequence[str] = ()

    def argv(self, root: Path, name: str) -> list[str]:
        """As SageMaker starts an image: with the one argument `train`, and without a network."""
        if self.image is None:
            return list(self.command)
        bound = ["--network", "none", "--volume", f"{root}:/opt/ml", "--name", name]
        return ["docker", "run", "--rm", *bound, self.image, "train"]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a job ended; `exit_code` is None for one that took too long."""

    exit_code: int | None
    lines: Sequence[str]
    seconds: float

    def metric(self, definition: Mapping[str, str]) -> str | None:
        """The last value of a metric, found as SageMaker does."""
        found = [match[1] for line in self.lines for match in re.finditer(definition["Regex"], line)]
        return found[-1] if found else None


class Job:
    """One job's folder; the data is shared by all of them and only read."""

    def __init__(self, root: Path, hyperparameters: Mapping[str, str]) -> None:
        self.root = root
        config = {"hosts": ["algo-1"], "current_host": "algo-1", "network_interface_name": "eth0"}
        for name, document in (("hyperparameters", hyperparameters), ("resourceconfig", config)):
            path = root / "input/config" / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document))
        for name in ("model", "output", "checkpoints"):
            (root / name).mkdir(exist_ok=True)

    def run(self, trainer: Trainer, limit_seconds: float, stop_at: str | None = None) -> Ended:
        """Run it to its end; SIGTERM at the first line that has `stop_at` in it. Raises OSError where the
        command or Docker isn't there, and ConfigurationRejected where Docker can't start the image."""
        name = f"trainyard-check-{os.getpid()}-{self.root.name}"
        started, lines = time.monotonic(), list[str]()
        with subprocess.Popen(
            trainer.argv(self.root, name),
            env={**os.environ, "OPT_ML": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            is_late = threading.Event()
            timer = threading.Timer(limit_seconds, self._end, (trainer, name, process, is_late))
            timer.start()
            for line in process.stdout or ():
                lines.append(line.rstrip())
                if stop_at is not None and stop_at in line:
                    process.send_signal(signal.SIGTERM)
                    stop_at = None
            code = process.wait()
            timer.cancel()
        if trainer.image is not None and code == DOCKER_FAILED:
            raise ConfigurationRejected(f"Docker did not start {trainer.image}: {' '.join(lines[:1])}")
        return Ended(
            exit_code=None if is_late.is_set() else code, lines=lines, seconds=time.monotonic() - started
        )

    @staticmethod
    def _end(trainer: Trainer, name: str, process: subprocess.Popen[str], is_late: threading.Event) -> None:
        is_late.set()
        if trainer.image is not None:
            subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)
        process.kill()

    def files(self, folder: str) -> dict[str, bytes]:
        """What lies in a folder of the job, by path."""
        below = self.root / folder
        paths = sorted(path for path in below.rglob("*") if path.is_file())
        return {str(path.relative_to(below)): path.read_bytes() for path in paths}

    @property
    def failure(self) -> str:
        """What the job wrote to `output/failure`; empty without."""
        path = self.root / "output/failure"
        return path.read_text(errors="replace") if path.exists() else ""
