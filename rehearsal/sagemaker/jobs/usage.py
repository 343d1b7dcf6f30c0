"""What a job's hosts use, measured from its real processes and files, as SageMaker tells CloudWatch.

CPU is 100 for each core kept busy, memory and disk are shares of what the declared instance has:
a job on an ml.m5.xlarge that holds 8 GiB uses half of it, however much this machine has.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.instances import catalogue
from rehearsal.emulator.platform import Platform
from rehearsal.sagemaker.jobs.process import Process

GIB, GB = 1024**3, 1000**3
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Positions in /proc/PID/stat behind the command's closing bracket, see proc(5).
SESSION, USER_TICKS, SYSTEM_TICKS, RESIDENT_PAGES = 3, 11, 12, 21


@dataclass(frozen=True)
class Size:
    """What a host of the job is declared to have; None where nobody knows, and then nothing is said of it."""

    memory_bytes: float | None
    disk_bytes: float | None

    @classmethod
    def of(cls, resources: dict[str, Any]) -> Size:
        """From a ResourceConfig or ClusterConfig; storage is the volume, or the local NVMe."""
        instance = catalogue().instances.get(resources.get("InstanceType", ""))
        volume_gb = resources.get("VolumeSizeInGB")
        if instance is None:
            return cls(None, volume_gb * GIB if volume_gb else None)
        disk = instance.local_nvme_gb * GB if instance.has_local_nvme else (volume_gb or 0) * GIB
        return cls(instance.memory_gib * GIB, disk or None)


class Meter:
    """Measures the hosts of one attempt until it is stopped; the metrics have the dimension Host."""

    def __init__(
        self, platform: Platform, namespace: str, job_name: str, size: Size, every_seconds: float
    ) -> None:
        self._platform = platform
        self._namespace = namespace
        self._job_name = job_name
        self._size = size
        self._every_seconds = every_seconds
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, processes: list[Process]) -> None:
        """Measure from now on."""
        self._thread = threading.Thread(target=self._run, args=(processes,), daemon=True, name="job-usage")
        self._thread.start()

    def stop(self) -> None:
        """Measure no more."""
        self._stopped.set()
        if self._thread:
            self._thread.join()

    def _run(self, processes: list[Process]) -> None:
        before, at = [0.0] * len(processes), time.monotonic()
        # The first look comes early, so that a job of seconds is seen at all.
        pause = self._every_seconds / 4
        while not self._stopped.wait(pause):
            pause = self._every_seconds
            now = time.monotonic()
            for index, process in enumerate(processes):
                cpu_seconds, memory_bytes = used_by(process.session_id)
                percent = 100 * max(0.0, cpu_seconds - before[index]) / (now - at)
                self._tell(index, percent, memory_bytes, process.command.directory)
                before[index] = cpu_seconds
            at = now

    def _tell(self, index: int, cpu_percent: float, memory_bytes: int, directory: Path) -> None:
        found = {"CPUUtilization": cpu_percent}
        if self._size.memory_bytes:
            found["MemoryUtilization"] = 100 * memory_bytes / self._size.memory_bytes
        if self._size.disk_bytes:
            found["DiskUtilization"] = 100 * bytes_below(directory) / self._size.disk_bytes
        host = {"Host": f"{self._job_name}/algo-{index + 1}"}
        for name, value in found.items():
            self._platform.put_metric(self._namespace, name, value, host, "Percent")


def used_by(session_id: int) -> tuple[float, int]:
    """CPU seconds and resident bytes of the processes that run in a session now."""
    ticks = pages = 0
    for fields in _stats():
        if int(fields[SESSION]) == session_id:
            ticks += int(fields[USER_TICKS]) + int(fields[SYSTEM_TICKS])
            pages += int(fields[RESIDENT_PAGES])
    return ticks / TICKS_PER_SECOND, pages * PAGE_BYTES


def bytes_below(directory: Path) -> int:
    """The size of all files below a directory, holes in them included; what goes meanwhile counts nothing."""
    total = 0
    for root, _, names in os.walk(directory):
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_size
            except OSError:
                continue
    return total


def _stats() -> Iterable[list[str]]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                text = (Path(entry.path) / "stat").read_text()
            except OSError:  # it has ended
                continue
            yield text.rpartition(")")[2].split()
