"""Deploy, preview or record the Pulumi program of a directory, each run in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socketpair
from typing import Any

from rehearsal.program.child import Job
from rehearsal.program.deployment import Deployment, Progress
from rehearsal.program.errors import ProgramError

_TIMEOUT_SECONDS = 180.0
_Listener = Callable[[Progress], None]


def deploy(
    root: Path,
    stack: str,
    endpoint_url: str,
    *,
    region: str | None = None,
    account_id: str = "111122223333",
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    stack_references: Mapping[str, Mapping[str, Any]] | None = None,
    on_progress: _Listener = lambda _: None,
) -> Deployment:
    """Create everything that the program declares for a stack in the embedded AWS at `endpoint_url`.

    `config` overrides stack settings by full key (`project:key`), `secrets` stands for encrypted ones. Raises
    ConfigError, ProgramError (its `exit_code` is 2 for refused settings) or DeploymentError with every URN
    that failed.
    """
    references = {name: dict(outputs) for name, outputs in (stack_references or {}).items()}
    job = Job(str(root.resolve()), stack, "deploy", endpoint_url, region, account_id)
    return _run(
        replace(job, config=dict(config or {}), secrets=dict(secrets or {}), stack_references=references),
        on_progress,
    )


def preview(
    root: Path,
    stack: str,
    *,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Deployment:
    """Run the program as `pulumi preview` does: what only a creation tells is `values.UNKNOWN`."""
    job = Job(str(root.resolve()), stack, "preview", config=dict(config or {}), secrets=dict(secrets or {}))
    return _run(job, lambda _: None)


def record(
    root: Path,
    stack: str,
    *,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Deployment:
    """Run the program for tests: every output known and in AWS's form, every `apply` executed, no network."""
    job = Job(str(root.resolve()), stack, "record", config=dict(config or {}), secrets=dict(secrets or {}))
    return _run(job, lambda _: None)


def _run(job: Job, on_progress: _Listener) -> Deployment:
    ours, theirs = socketpair()
    with theirs:
        command = [sys.executable, "-m", "rehearsal.program.child", str(theirs.fileno())]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, pass_fds=[theirs.fileno()], env=_environment(), cwd=job.root
        )
    try:
        with Connection(ours.detach()) as report:
            report.send(job)
            return _follow(report, on_progress)
    finally:
        process.kill()
        process.wait()
        if process.stdin:
            process.stdin.close()


def _follow(report: Connection, on_progress: _Listener) -> Deployment:
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while report.poll(max(0.0, deadline - time.monotonic())):
        try:
            message = report.recv()
        except EOFError as error:
            raise ProgramError(
                "the process that ran the program died; its last words are above", 1
            ) from error
        if isinstance(message, BaseException):
            raise message
        if isinstance(message, Deployment):
            return message
        on_progress(message)
    raise ProgramError(f"the program was not done within {_TIMEOUT_SECONDS:.0f} s; it was stopped", 1)


def _environment() -> dict[str, str]:
    """The person's environment without anything that could reach a real account, and with our packages
    importable.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
    # Compiling the provider's modules takes longer than everything else together: let it happen once.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    ours = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [ours, os.environ.get("PYTHONPATH", "")]))
    return kept | {"PYTHONPATH": search_path, "AWS_EC2_METADATA_DISABLED": "true"}
