"""Several processes on one host: started together, stopped together, and failed by the first that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from contracts.failure_line import parse_failure
from contracts.failures import AlgorithmFailed, Failure, HostOutOfMemory
from trainer.job import LOCAL_RANK, Job

POLL_SECONDS = 0.1
STOPPED = 128 + signal.SIGTERM


def processes_here(wanted: int) -> int:
    """How many processes this host runs: what is wanted, or one per GPU, or one."""
    if wanted:
        return wanted  # without PyTorch, which takes a process that only launches others seconds and memory
    import torch

    return torch.cuda.device_count() or 1


def launch(job: Job, processes: int) -> bool:
    """Runs this program that many times; false when it was stopped. Raises what made the first one fail."""
    threads = str(max(1, (os.cpu_count() or 1) // processes))
    shared = {"OMP_NUM_THREADS": threads, **os.environ}
    command = [sys.executable, "-m", "trainer"]
    workers = [subprocess.Popen(command, env=shared | {LOCAL_RANK: str(rank)}) for rank in range(processes)]
    try:
        return _watch(job, workers)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def _watch(job: Job, workers: list[subprocess.Popen[bytes]]) -> bool:
    is_told = False
    while True:
        if job.should_stop() and not is_told:
            is_told = True
            for worker in workers:
                worker.terminate()
        codes = [worker.poll() for worker in workers]
        failed = [code for code in codes if code not in (None, 0, STOPPED)]
        if failed:
            raise _failure(job, failed[0])
        if None not in codes:
            return STOPPED not in codes
        time.sleep(POLL_SECONDS)


def _failure(job: Job, code: int | None) -> Failure:
    written = parse_failure(job.paths.failure.read_text()) if job.paths.failure.exists() else None
    if written is not None:
        return written
    if code == -signal.SIGKILL:
        return HostOutOfMemory("a process was killed by the kernel: take a larger machine or fewer processes")
    return AlgorithmFailed(f"a process ended with code {code} and wrote no failure")
