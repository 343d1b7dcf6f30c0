"""Deploy, preview or record the Pulumi program of a directory, each run in a process of its own."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rehearsal.program.child import Job
from rehearsal.program.deployment import Deployment
from rehearsal.program.worker import Listener, Worker


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
    on_progress: Listener = lambda _: None,
    worker: Worker | None = None,
) -> Deployment:
    """Create everything that the program declares for a stack in the embedded AWS at `endpoint_url`.

    `config` overrides stack settings by full key (`project:key`), `secrets` stands for encrypted ones; a
    `worker` that was started while the embedded AWS came up saves seconds. Raises ConfigError, ProgramError
    (its `exit_code` is 2 for refused settings) or DeploymentError with every URN that failed.
    """
    references = {name: dict(outputs) for name, outputs in (stack_references or {}).items()}
    job = Job(str(root.resolve()), stack, "deploy", endpoint_url, region, account_id)
    job = replace(job, config=dict(config or {}), secrets=dict(secrets or {}), stack_references=references)
    with worker or Worker(root) as ready:
        return ready.run(job, on_progress)


def preview(
    root: Path,
    stack: str,
    *,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Deployment:
    """Run the program as `pulumi preview` does: what only a creation tells is `values.UNKNOWN`."""
    job = Job(str(root.resolve()), stack, "preview", config=dict(config or {}), secrets=dict(secrets or {}))
    with Worker(root) as worker:
        return worker.run(job)


def record(
    root: Path,
    stack: str,
    *,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Deployment:
    """Run the program for tests: every output known and in AWS's form, every `apply` executed, no network."""
    job = Job(str(root.resolve()), stack, "record", config=dict(config or {}), secrets=dict(secrets or {}))
    with Worker(root) as worker:
        return worker.run(job)
