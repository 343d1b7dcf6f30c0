"""The process in which one run of the program takes place: the SDK keeps global state, so each run gets a
fresh one.

Started by `worker.py` with a file descriptor to report on; sends Progress objects, then the Deployment or an
exception.
"""

import contextlib
import gc
import os
import sys
import threading
import traceback
import warnings
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rehearsal.program.deployment import Deployment
from rehearsal.program.errors import ConfigError, DeploymentError, ProgramError
from rehearsal.program.warmth import warm_up


@dataclass(frozen=True)
class Job:
    """What to run: `endpoint_url` for a real deployment, none for a preview or a recording."""

    root: str
    stack: str
    mode: str
    endpoint_url: str | None = None
    region: str | None = None
    account_id: str = "111122223333"
    config: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    stack_references: dict[str, dict[str, Any]] = field(default_factory=dict)


def run_job(job: Job, report: Connection) -> Deployment:
    """Run the program in this process."""
    # Imported late: the SDK takes most of a second, and configuration errors need not wait for it.
    from rehearsal.program import config as configuration

    config = configuration.load(Path(job.root), job.stack, job.secrets, job.config)
    from rehearsal.program.execution import execute
    from rehearsal.program.provider import monitor_for

    monitor = monitor_for(job, config, report.send)
    return execute(config, monitor, is_preview=job.mode == "preview", uses_network=job.mode == "deploy")


def main(descriptor: int) -> None:
    """Receive a job, report until it is done."""
    # The process lives for seconds and the provider's classes are many: collecting garbage only costs time.
    gc.disable()
    # What depended on a failed resource is never awaited; the failure itself is reported.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    # A person reads what the program prints on stderr; stdout belongs to whoever started the rehearsal.
    os.dup2(2, 1)
    with Connection(descriptor) as report:
        threading.Thread(target=_die_with_parent, daemon=True).start()
        try:
            warm_up(report.poll)
            outcome: Any = run_job(report.recv(), report)
        except (ConfigError, DeploymentError, ProgramError) as error:
            outcome = error
        except BaseException as error:
            outcome = ProgramError("".join(traceback.format_exception(error)).rstrip(), 1)
        with contextlib.suppress(BrokenPipeError):
            report.send(outcome)
    # Threads of a failed run may still wait for answers that nobody needs.
    sys.stderr.flush()
    os._exit(0)


def _die_with_parent() -> None:
    # stdin is a pipe that the parent holds open and never writes to.
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
