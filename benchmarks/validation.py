"""Times the schema gate against its peers and its limit: decoding every column (Parquet), reading (CSV).

    python -m benchmarks.validation [--rows 10000000] [--runs 3] [--skip NAME …]

Peers: requirements/benchmarks.txt, in an environment of their own. Competitors take turns (A B A B …), each
turn a process of its own: seconds are of the work without imports, memory is that process's peak.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.validation_data import PLANTED, contract
from benchmarks.validation_peers import COMPETITORS

PARQUET = [name for name in COMPETITORS if name != "read_csv"]
CSV = ["trainyard", "read_csv", "pandera polars", "pandera pandas"]
SMALL = ["trainyard", "pandera polars", "pandera pandas"]


def main() -> None:
    """Runs everything, or with --one a single turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--csv-rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--one", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(turn(options.one[0], Path(options.one[1]))))
        return
    # Imported here: a turn is not to carry the memory of what made its file.
    from benchmarks.validation_files import csv_file, parquet_file

    for names, path, limit in (
        (PARQUET, parquet_file(options.rows), "decode"),
        (CSV, csv_file(options.csv_rows), "read_csv"),
    ):
        print(f"\n{path.name}: {path.stat().st_size / 1e6:.0f} MB")
        report([name for name in names if name not in options.skip], path, limit, options.runs)
    print(f"\nbytes read: {bytes_read(parquet_file(options.rows)):.2%}")
    print("\n50,000 rows, the whole process, imports included")
    report([name for name in SMALL if name not in options.skip], parquet_file(50_000), "", options.runs)


def turn(name: str, path: Path) -> dict[str, Any]:
    """One competitor's work, in this process."""
    work = COMPETITORS[name](path)
    started = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak_mb": peak_mb(), "found": None if found is None else sorted(found)}


def peak_mb() -> float:
    """The most memory of this process (Linux). Not ru_maxrss: that one counts what started us, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def report(names: list[str], path: Path, limit: str, runs: int) -> None:
    """Prints medians and ratios; a competitor whose verdict is not the planted one is void."""
    turns: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            command = [sys.executable, "-m", "benchmarks.validation", "--one", name, str(path)]
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{name}: {done.stderr[-2000:]}")
            result = json.loads(done.stdout.splitlines()[-1])
            if not limit:
                result["seconds"] = time.perf_counter() - started
            turns[name].append(result)
    own = median(turns[names[0]])
    base = median(turns[limit]) if limit in turns else own
    print(f"{'':<20}{'seconds':>10}{'peak MB':>10}{'x limit':>10}{'x ours':>10}  verdict")
    for name, results in turns.items():
        seconds, peak = median(results), max(one["peak_mb"] for one in results)
        found = results[0]["found"]
        verdict = "-" if found is None else "right" if {tuple(one) for one in found} == PLANTED else "VOID"
        print(
            f"{name:<20}{seconds:>10.3f}{peak:>10.0f}{seconds / base:>10.3f}{seconds / own:>10.1f}  {verdict}"
        )


def median(results: list[dict[str, Any]]) -> float:
    """Of the seconds."""
    return float(statistics.median(one["seconds"] for one in results))


def bytes_read(path: Path) -> float:
    """The share of the file that the gate reads."""
    from functions.data_preparation.validate_schema.source import LocalFile
    from functions.data_preparation.validate_schema.validation import validate

    read: list[int] = []

    class Counting(LocalFile):
        """Notes how much is asked for."""

        def range(self, start: int, end: int) -> bytes:
            """As the file, counted."""
            data = super().range(start, end)
            read.append(len(data))
            return data

    with Counting(path) as source:
        validate(path.name, source, contract())
        return sum(read) / source.size


if __name__ == "__main__":
    main()
