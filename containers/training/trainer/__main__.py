"""Entry point: trains, or writes the failure where SageMaker shows it. Exit codes: 0 a model, 1 a failure,
143 stopped by SIGTERM with a checkpoint."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback

from trainer.failing import named, report
from trainer.job import Job, is_worker
from trainer.paths import Paths

STOPPED = 128 + signal.SIGTERM


def main() -> int:
    """The exit code of the job."""
    stop = threading.Event()
    # Before the imports that take seconds: an interruption may come at any moment, SIGKILL 120 s later.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    # Threads that wait must not spin: where the cores are shared, that costs several times the work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    paths = Paths.from_environment()
    if not is_worker():
        paths.failure.unlink(missing_ok=True)
    try:
        from trainer.train import train

        return 0 if train(Job(paths, _say, stop.is_set)) else STOPPED
    except Exception as error:
        traceback.print_exc()
        report(paths.failure, named(error))
        return 1


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  (the job's metrics are read from its standard output)


if __name__ == "__main__":
    sys.exit(main())
