"""Entry point: trains, or writes the failure where SageMaker shows it. Exit codes: 0 a model, 1 a failure,
143 stopped by SIGTERM with a checkpoint."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback

from contracts.failures import AlgorithmFailed, Failure, HostOutOfMemory, failure_line
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
    try:
        from trainer.train import train

        return 0 if train(paths, stop.is_set, _say) else STOPPED
    except Exception as error:
        traceback.print_exc()
        paths.failure.parent.mkdir(parents=True, exist_ok=True)
        paths.failure.write_text(failure_line(_named(error)), encoding="utf-8")
        return 1


def _named(error: Exception) -> Failure:
    if isinstance(error, Failure):
        return error
    text = f"{type(error).__name__}: {error}".partition("Stack trace")[0].strip()
    is_memory = isinstance(error, MemoryError) or "bad_alloc" in text
    return HostOutOfMemory(text) if is_memory else AlgorithmFailed(text)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  (the job's metrics are read from its standard output)


if __name__ == "__main__":
    sys.exit(main())
