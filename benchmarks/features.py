"""Times the features job over the flights contract against its peers and its limit: Arrow decodes the same
columns once and writes the same files.

    python -m benchmarks.features [--years 6] [--runs 3] [--skip NAME …] [--only parquet|csv …]

A year are 336,776 flights. Peers: requirements/benchmarks.txt. Competitors take turns (A B A B …), each turn
a process of its own: seconds on the clock and of the processor are of the work without imports, memory is
that process's peak. The features of every peer must be ours, or its row is void.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.features_data import job_folder
from benchmarks.features_peers import COMPETITORS
from benchmarks.targets import Targets
from contracts.artifacts import SPLITS

EXTENSIONS = ("parquet", "csv")
MOST_MB = 200
MOST_LIMITS = {"parquet": 3, "csv": 4}
LEAST_SCIKIT_LEARN = {"parquet": 1.5, "csv": 0.9}
SINGLE_ERROR = 2e-7  # of float32, relative
Turns = Mapping[str, list[dict[str, Any]]]


def main() -> None:
    """Runs everything, or with --one a single turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--years", type=int, default=6)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--skip", nargs="*", default=[], choices=[*COMPETITORS][1:])
    parser.add_argument("--only", nargs="*", default=[*EXTENSIONS], choices=EXTENSIONS)
    parser.add_argument("--one", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(turn(options.one[0], Path(options.one[1]))))
        return
    targets = Targets()
    for extension in options.only:
        root = job_folder(options.years, extension)
        turns: dict[str, list[dict[str, Any]]] = {one: [] for one in COMPETITORS if one not in options.skip}
        for _ in range(options.runs):
            for name, each in turns.items():
                each.append(apart(name, root))
        report(turns, root)
        smaller = apart("trainyard", job_folder(1, extension))
        hold(turns, smaller, root, targets)
    targets.close()


def turn(name: str, root: Path) -> dict[str, Any]:
    """One competitor's work, in this process."""
    work = COMPETITORS[name](root)
    started, processor = time.perf_counter(), time.process_time()
    work()
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    return {"seconds": seconds, "processor": processor, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory of this process (Linux). Not ru_maxrss: that one counts what started us, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def apart(name: str, root: Path) -> dict[str, Any]:
    """One competitor's work in a process of its own, ours with the job's allocator; what it wrote is kept
    apart."""
    from features.allocator import spare_memory
    from features.processor import spare_slow_instructions

    surroundings = {**os.environ}
    spare_slow_instructions(environment=surroundings)
    if name == "trainyard":
        spare_memory(environment=surroundings)
    shutil.rmtree(root / "processing/output", ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.features", "--one", name, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    shutil.rmtree(kept(root, name), ignore_errors=True)
    (root / "processing/output").rename(kept(root, name))
    return dict(json.loads(done.stdout.splitlines()[-1]))


def kept(root: Path, name: str) -> Path:
    """What a competitor wrote."""
    return root / "processing" / name


def report(turns: Turns, root: Path) -> None:
    """Prints medians and ratios."""
    print(f"\n{root.name}")
    print(f"{'':<14}{'seconds':>9}{'processor':>11}{'peak MB':>9}{'x limit':>9}{'x ours':>8}  features")
    for name, results in turns.items():
        seconds, processor = median(results), median(results, "processor")
        ratios = f"{seconds / median(turns['limit']):>9.2f}{seconds / median(turns['trainyard']):>8.1f}"
        found = "-" if name in ("trainyard", "limit") else verdict(root, name)
        print(f"{name:<14}{seconds:>9.2f}{processor:>11.2f}{peak(results):>9.0f}{ratios}  {found}")


def verdict(root: Path, name: str) -> str:
    """Whether a peer wrote the rows and features that we did."""
    return "ours" if all(is_equal(root, name, split) for split in SPLITS[:2]) else "VOID"


def is_equal(root: Path, name: str, split: str) -> bool:
    """Whether a split of both holds the same numbers, within what float32 tells apart."""
    one, other = (pq.read_table(kept(root, who) / "data" / split) for who in ("trainyard", name))
    return one.column_names == other.column_names and all(
        len(one) == len(other) and np.allclose(one[c], other[c], rtol=SINGLE_ERROR, atol=0, equal_nan=True)
        for c in one.column_names
    )


def hold(turns: Turns, smaller: Mapping[str, Any], root: Path, targets: Targets) -> None:
    """The targets of the job: processor time, which neighbours change least, and memory."""
    kind = root.name.rpartition("-")[2]
    spent = {name: median(results, "processor") for name, results in turns.items()}
    targets.at_most(f"{kind} × limit, processor", spent["trainyard"] / spent["limit"], MOST_LIMITS[kind])
    if "scikit-learn" in turns:
        ratio = spent["scikit-learn"] / spent["trainyard"]
        targets.at_least(f"{kind} × less processor time than scikit-learn", ratio, LEAST_SCIKIT_LEARN[kind])
    for peer in ("polars", "scikit-learn"):
        if peer in turns:
            less = peak(turns[peer]) / peak(turns["trainyard"])
            targets.at_least(f"{kind} × less memory than {peer}", less, 3)
            targets.true(f"{kind}: {peer} made our features", verdict(root, peer) == "ours")
    peaks = max(peak(turns["trainyard"]), smaller["peak_mb"])
    targets.at_most(f"{kind}, peak MB, the larger of two sizes", peaks, MOST_MB)


def peak(results: list[dict[str, Any]]) -> float:
    """The most memory of all turns, in MB."""
    return float(max(one["peak_mb"] for one in results))


def median(results: list[dict[str, Any]], what: str = "seconds") -> float:
    """Of the seconds."""
    return float(statistics.median(one[what] for one in results))


if __name__ == "__main__":
    main()
