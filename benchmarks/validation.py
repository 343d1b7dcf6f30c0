"""Times the schema gate against its peers and its limit: decoding every column (Parquet), reading (CSV).

    python -m benchmarks.validation [--rows 10000000] [--runs 3] [--skip NAME …] [--only parquet|csv|small …]

Peers: requirements/benchmarks.txt, in an environment of their own. Competitors take turns there and back
(A B B A …), each turn a process of its own: whoever comes behind one that gave gigabytes back to the kernel
pays a tenth of a second for it. Seconds on the clock and of the processor are of the work without imports,
memory is that process's peak.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.targets import Targets
from benchmarks.validation_data import PLANTED, contract
from benchmarks.validation_files import csv_file, parquet_file
from benchmarks.validation_peers import COMPETITORS

PARQUET = [name for name in COMPETITORS if name != "read_csv"]
CSV = ["trainyard", "read_csv", "pandera polars", "pandera pandas", "great expectations"]
SMALL = ["trainyard", "pandera polars", "pandera pandas", "great expectations"]
SMALL_ROWS = 50_000
SMALL_TIMES = 5  # a tenth of a second varies by half of itself: as many times the runs of a large file
Turns = Mapping[str, list[dict[str, Any]]]


def main() -> None:
    """Runs everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--csv-rows", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--skip", nargs="*", default=[], choices=[*COMPETITORS])
    parser.add_argument(
        "--only", nargs="*", default=["parquet", "csv", "small"], choices=["parquet", "csv", "small"]
    )
    options = parser.parse_args()

    def timed(names: list[str], path: Path, limit: str, times: int = 1) -> Turns:
        return report([one for one in names if one not in options.skip], path, limit, options.runs * times)

    targets = Targets()
    if "parquet" in options.only:
        path = parquet_file(options.rows)
        hold_parquet(timed(PARQUET, path, "decode"), path, targets)
    if "csv" in options.only:
        sizes = [csv_file(options.csv_rows // part) for part in (100, 10)]
        hold_csv(timed(CSV, csv_file(options.csv_rows), "read_csv"), sizes, targets)
    if "small" in options.only:
        print(f"\n{SMALL_ROWS:,} rows, the whole process, imports included")
        turns = timed(SMALL, parquet_file(SMALL_ROWS), "", times=SMALL_TIMES)
        faster_than(turns, "pandera polars", 8, targets, "the whole process of a small file")
        faster_than(turns, "pandera pandas", 8, targets, "the whole process of a small file")
    targets.close()


def hold_parquet(turns: Turns, path: Path, targets: Targets) -> None:
    """The targets of Parquet: against the limit, the peers, in memory and in bytes."""
    own, limit = median(turns["trainyard"]), median(turns["decode"])
    targets.at_most("Parquet × decode", own / limit, 0.05)
    if "trainyard strict" in turns:
        targets.at_most("Parquet, strict × decode", median(turns["trainyard strict"]) / limit, 1.1)
    faster_than(turns, "duckdb", 8, targets, "Parquet")
    faster_than(turns, "pandera pandas", 100, targets, "Parquet")
    targets.at_most("Parquet, peak MB", peak(turns["trainyard"]), 64)
    share = bytes_read(path)
    print(f"bytes read: {share:.3%}")
    targets.at_most("Parquet, % of the bytes read", 100 * share, 0.5)


def hold_csv(turns: Turns, smaller: list[Path], targets: Targets) -> None:
    """The targets of CSV: against Arrow's reader, and in memory at three sizes."""
    targets.at_most("CSV × read_csv", median(turns["trainyard"]) / median(turns["read_csv"]), 1.2)
    peaks = [apart("trainyard", path)["peak_mb"] for path in smaller] + [peak(turns["trainyard"])]
    print("peak MB at a hundredth, a tenth, the whole: " + ", ".join(f"{one:.0f}" for one in peaks))
    targets.at_most("CSV, peak MB, the largest of three sizes", max(peaks), 256)


def faster_than(turns: Turns, peer: str, least: float, targets: Targets, what: str) -> None:
    """Holds how many times faster we are than a peer that took part."""
    if peer in turns:
        ratio = median(turns[peer]) / median(turns["trainyard"])
        targets.at_least(f"{what} × faster than {peer}", ratio, least)


def apart(name: str, path: Path) -> dict[str, Any]:
    """One competitor's work in a process of its own; `process_seconds` are those of all of it."""
    command = [sys.executable, "-m", "benchmarks.validation_turn", name, str(path)]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1])) | {"process_seconds": seconds}


def report(names: list[str], path: Path, limit: str, runs: int) -> Turns:
    """Prints medians and ratios; a competitor whose verdict is not the planted one is void. Without a limit
    the time is that of the whole process."""
    print(f"\n{path.name}: {path.stat().st_size / 1e6:.0f} MB")
    turns: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for run in range(runs):
        for name in names[:: -1 if run % 2 else 1]:
            result = apart(name, path)
            turns[name].append(result if limit else result | {"seconds": result["process_seconds"]})
    own = median(turns[names[0]])
    base = median(turns[limit]) if limit in turns else own
    print(f"{'':<20}{'seconds':>10}{'processor':>11}{'peak MB':>10}{'x limit':>10}{'x ours':>10}  verdict")
    for name, results in turns.items():
        seconds, found = median(results), results[0]["found"]
        verdict = "-" if found is None else "right" if {tuple(one) for one in found} == PLANTED else "VOID"
        ratios = f"{seconds / base:>10.3f}{seconds / own:>10.1f}"
        processor = statistics.median(one["processor"] for one in results)
        print(f"{name:<20}{seconds:>10.3f}{processor:>11.3f}{peak(results):>10.0f}{ratios}  {verdict}")
    return turns


def peak(results: list[dict[str, Any]]) -> float:
    """The most memory of all turns, in MB."""
    return float(max(one["peak_mb"] for one in results))


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
