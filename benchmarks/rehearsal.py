"""Times whole rehearsals and their parts, with the peak memory of all their processes together.

    python -m benchmarks.rehearsal [--runs 3] [--scenario happy-path] [--stack dev]

Targets (two cores): embedded AWS healthy in 2 s, program deployed in 10 s, whole rehearsal in 60 s, 4 GiB, a
ladder that takes at most 1 s beyond the job for each training attempt.
Linux only: memory is the sum of proportional set sizes from /proc.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

SAMPLE_SECONDS = 0.2


def main() -> None:
    """Run, measure, print the median of each figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scenario", default="happy-path")
    parser.add_argument("--stack", default="dev")
    options = parser.parse_args()
    runs = [measure(options.scenario, options.stack) for _ in range(options.runs)]
    for name in runs[0]:
        values = sorted(run[name] for run in runs)
        print(f"{name:<24} {statistics.median(values):8.2f}   ({values[0]:.2f} to {values[-1]:.2f})")


def measure(scenario: str, stack: str) -> dict[str, float]:
    """Seconds of the parts and of the whole, and the peak in MiB, of one rehearsal."""
    command = [sys.executable, "-m", "rehearsal", "run", scenario, "--stack", stack, "--json"]
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = _Peak(process.pid)
    with peak:
        output, progress = process.communicate()
    if process.returncode:
        raise SystemExit(progress)
    reported = re.findall(r"^ *([\d.]+) s  (.+)$", progress, re.MULTILINE)
    at = {text: float(seconds) for seconds, text in reported}
    healthy = next(when for text, when in at.items() if text.startswith("Embedded AWS: "))
    deployed = next(when for text, when in at.items() if text.startswith(f"Deploy {stack}: "))
    answer = json.loads(output)
    return {
        "attempt_overhead_seconds": attempt_overhead(Path(answer["report"]).with_name("record.json")),
        "healthy_seconds": healthy,
        "deploy_seconds": deployed - healthy,
        "rehearsal_seconds": answer["seconds"],
        "process_seconds": time.monotonic() - started,
        "peak_mib": peak.bytes / 1024**2,
    }


def attempt_overhead(record: Path) -> float:
    """Seconds that a ladder takes beyond its jobs for each training attempt: to start, classify, choose."""
    run = json.loads(record.read_text(encoding="utf-8"))
    attempts = [job for job in run["jobs"] if job["kind"] == "TrainingJob"]
    ladders = {job["execution_arn"] for job in attempts}
    spans = [
        datetime.fromisoformat(one["described"]["stopDate"])
        - datetime.fromisoformat(one["described"]["startDate"])
        for one in run["executions"]
        if one["arn"] in ladders
    ]
    trained = float(sum(job["ended"] - job["started"] for job in attempts))
    return (sum(span.total_seconds() for span in spans) - trained) / max(1, len(attempts))


class _Peak:
    """Samples the memory of a process and all its descendants while the block lasts."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.bytes = max(self.bytes, sum(map(_proportional_bytes, _tree(self._pid))))


def _tree(root: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    tree = {root}
    while grown := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return tree


def _proportional_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


if __name__ == "__main__":
    main()
