"""The folder of one rehearsal, and the embedded AWS with the program deployed in it."""

from __future__ import annotations

import os
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delivery.archives import build_all
from rehearsal.emulator.process import Emulator, EmulatorError
from rehearsal.errors import RehearsalError
from rehearsal.program.deployment import Deployment
from rehearsal.program.run import deploy
from rehearsal.program.worker import Worker
from rehearsal.progress import Steps

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".rehearsal"
KEPT_REHEARSALS = 5
NEEDED_BYTES = 1024**3
WAIT_SCALE = 0.02
"""Of the declared time, what a rehearsal waits between polls, before retries and while a fleet bakes."""


def new_folder() -> Path:
    """A folder no other rehearsal uses; those of the oldest finished ones are removed."""
    free_bytes = shutil.disk_usage(ROOT).free
    if free_bytes < NEEDED_BYTES:
        raise RehearsalError(
            f"{free_bytes / 1024**2:.0f} MiB are free at {ROOT}, a rehearsal needs "
            f"{NEEDED_BYTES // 1024**2} MiB. Free some space (`rm -r .rehearsal` drops earlier rehearsals)."
        )
    folder = FOLDER / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    try:
        FOLDER.mkdir(exist_ok=True)
        _drop_old_folders()
        folder.mkdir()
    except OSError as error:
        raise RehearsalError(
            f"{error.filename} can't be made ({error.strerror}): a rehearsal keeps its files in {FOLDER}. "
            "Make that writable, or work in a copy of the repository that is."
        ) from error
    return folder


def shown(path: Path) -> str:
    """A path as a person types it: from the current folder where it is below that."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _drop_old_folders() -> None:
    finished = [path for path in sorted(FOLDER.iterdir()) if path.is_dir() and not _is_in_use(path)]
    for path in finished[: max(0, len(finished) - KEPT_REHEARSALS + 1)]:
        shutil.rmtree(path, ignore_errors=True)


def _is_in_use(folder: Path) -> bool:
    try:
        os.kill(int(folder.name.rsplit("-", 1)[-1]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


@dataclass(frozen=True)
class Site:
    """A running embedded AWS with a stack deployed into it."""

    folder: Path
    emulator: Emulator
    deployment: Deployment

    def client(self, service: str) -> Any:
        """The root user's boto3 client of a service."""
        return self.emulator.client(service)

    def output(self, name: str) -> Any:
        """A stack output; RehearsalError lists those there are."""
        if name not in self.deployment.outputs:
            known = ", ".join(sorted(self.deployment.outputs))
            raise RehearsalError(f"The program exports no '{name}'. It exports: {known}.")
        return self.deployment.outputs[name]


@dataclass(frozen=True)
class Stack:
    """A stack by name, with whole sections of its settings replaced (`trainyard:training` → JSON)."""

    name: str
    config: dict[str, str] = field(default_factory=dict)


@contextmanager
def open_site(stack: Stack, steps: Steps, *, folder: Path, port: int | None = None) -> Iterator[Site]:
    """Start the embedded AWS and deploy `stack` into it; everything is ended with the block."""
    with Worker(ROOT) as worker, start_emulator(folder, steps, port, WAIT_SCALE) as emulator:
        yield Site(folder, emulator, deploy_stack(stack, emulator.endpoint_url, steps, worker))


def start_emulator(
    folder: Path,
    steps: Steps,
    port: int | None = None,
    wait_scale: float = 1.0,
    *,
    enforces_iam: bool = True,
) -> Emulator:
    """The embedded AWS on 127.0.0.1; a port that is taken is one clear line."""
    with steps.step("Embedded AWS") as step:
        try:
            emulator = Emulator.start(work_dir=folder, port=port, auth=enforces_iam, wait_scale=wait_scale)
        except EmulatorError as error:
            raise RehearsalError(str(error)) from error
        step.note(emulator.endpoint_url)
        return emulator


def running_emulator_url(port: int) -> str:
    """The address of an embedded AWS that `serve` keeps running; one clear line when there is none."""
    url = f"http://127.0.0.1:{port}"
    try:
        with urllib.request.urlopen(f"{url}/_rehearsal/health", timeout=5):  # noqa: S310 - http, above
            return url
    except OSError as error:
        raise RehearsalError(
            f"No embedded AWS answers at {url} ({error}). "
            f"Start one with `python -m rehearsal serve --port {port}`."
        ) from error


def deploy_stack(stack: Stack, endpoint_url: str, steps: Steps, worker: Worker | None = None) -> Deployment:
    """Create everything the program declares for `stack`."""
    with steps.step(f"Deploy {stack.name}") as step:
        build_all()
        deployment = deploy(
            *(ROOT, stack.name, endpoint_url),
            config=stack.config,
            worker=worker,
            on_progress=lambda done: step.advance(done.done),
        )
        created = sum(1 for resource in deployment.resources if resource.is_custom)
        step.note(
            f"{created - len(deployment.declared_only)} resources created, "
            f"{len(deployment.declared_only)} declared only, {deployment.seconds:.1f} s"
        )
        return deployment
