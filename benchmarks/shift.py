"""Times the statistical gate over 20 features against its peers and its limit: decoding the same columns.

    python -m benchmarks.shift [--rows 10000000] [--runs 3] [--skip NAME …]

Peers: requirements/benchmarks.txt. Competitors take turns (A B A B …), each turn a process of its own:
seconds are of the work without imports, memory is its peak, the error is against the exact distance. numpy
sorts with the instructions that are fastest here (features/processor.py), for everyone; ours take the
features job's allocator (features/allocator.py).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.peak import peak_mb
from benchmarks.shift_data import COLUMNS, baseline_file, current_file, stored_baseline
from benchmarks.targets import Targets

READ_ROWS, PAGE_BLOCK_BYTES, WARM_ROWS = 131_072, 256 * 1024, 1_000
CORES = os.cpu_count() or 1
Distances = dict[str, Any]


def batches(
    path: Path,
    rows: int = READ_ROWS,
    columns: list[str] | None = None,
    is_backwards: bool = False,
    footer: pq.FileMetaData | None = None,
) -> Iterator[pa.RecordBatch]:
    """The columns in batches of rows; or the row groups from the last to the first."""
    with pq.ParquetFile(path, metadata=footer, pre_buffer=False, buffer_size=PAGE_BLOCK_BYTES) as file:
        groups = list(range(file.num_row_groups))
        for part in [[group] for group in reversed(groups)] if is_backwards else [groups]:
            yield from file.iter_batches(rows, row_groups=part, columns=columns, use_threads=columns is None)


def decode(path: Path) -> Distances:
    """The limit: every column decoded and thrown away."""
    for batch in batches(path):
        batch.num_rows  # noqa: B018
    return {}


def trainyard(path: Path, threads: int = CORES) -> Distances:
    """The gate: counts at the stored thresholds, then certified intervals. Each thread streams a column, the
    largest first."""
    from features.distribution import NumericCounts

    baseline = stored_baseline()
    current = {name: NumericCounts(counts.thresholds) for name, counts in baseline.items()}
    footer = pq.read_metadata(path)

    def count(name: str) -> None:
        for batch in batches(path, columns=[name], footer=footer):
            current[name].add(values_of(batch.column(0)))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(count, sorted(current, key=stored_bytes(footer).__getitem__, reverse=True)))
    return intervals(baseline, current)


def stored_bytes(footer: pq.FileMetaData) -> dict[str, int]:
    """How large each column is in the file."""
    chunks = (footer.row_group(g).column(n) for g in range(footer.num_row_groups) for n in range(COLUMNS))
    sizes = Counter[str]()
    for chunk in chunks:
        sizes[chunk.path_in_schema] += chunk.total_compressed_size
    return sizes


def other_order(path: Path) -> Distances:
    """The same from rows of all columns, as the features job reads them, from the last to the first."""
    from features.distribution import NumericCounts

    baseline = stored_baseline()
    current = {name: NumericCounts(counts.thresholds) for name, counts in baseline.items()}
    with ThreadPoolExecutor(CORES) as pool:
        for batch in batches(path, rows=50_001, is_backwards=True):
            columns = ((current[name], batch.column(name)) for name in current)
            list(pool.map(lambda pair: pair[0].add(values_of(pair[1])), columns))
    return intervals(baseline, current)


def values_of(column: pa.Array) -> npt.NDArray[np.floating[Any]]:
    """A column without nulls for numpy; not by `to_numpy`, which imports pandas where there is one."""
    return np.asarray(np.from_dlpack(column))


def intervals(baseline: Mapping[str, Any], current: Mapping[str, Any]) -> Distances:
    """What certainly holds each exact distance."""
    from features.distance import distance_interval

    return {name: distance_interval(baseline[name], counts) for name, counts in current.items()}


def kll(path: Path) -> Distances:
    """DataSketches' KLL sketches with k = 2000, compared at the baseline's thresholds."""
    from datasketches import kll_floats_sketch

    baseline = stored_baseline()
    sketches = {name: kll_floats_sketch(2000) for name in baseline}
    for batch in batches(path):
        for name, sketch in sketches.items():
            sketch.update(values_of(batch.column(name)).astype(np.float32))  # leaves NaN out by itself
    distances = {}
    for name, counts in baseline.items():
        ranks = np.array([sketches[name].get_rank(x, True) for x in counts.thresholds])
        distances[name] = float(np.abs(ranks - counts.at_or_below / counts.rows).max())
    return distances


def scipy_exact(path: Path) -> Distances:
    """scipy's two-sample test on full columns: the exact distance."""
    from scipy.stats import ks_2samp

    distances = {}
    for n in range(COLUMNS):
        sides = [pq.read_table(one, columns=[f"f{n:02}"])[0].to_numpy() for one in (baseline_file(), path)]
        distances[f"f{n:02}"] = float(
            ks_2samp(*(side[~np.isnan(side)] for side in sides), method="asymp").statistic
        )
    return distances


COMPETITORS: Mapping[str, Callable[[Path], Distances]] = {
    "decode": decode,
    "trainyard": trainyard,
    "trainyard, 1 thread": partial(trainyard, threads=1),
    "trainyard, other order": other_order,
    "KLL 2000": kll,
    "scipy": scipy_exact,
}
OURS = ("trainyard", "trainyard, 1 thread", "trainyard, other order")


def main() -> None:
    """Runs everything, or with --one a single turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--skip", nargs="*", default=[], choices=[*COMPETITORS])
    parser.add_argument("--one", nargs=2, metavar=("NAME", "ROWS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(turn(options.one[0], current_file(int(options.one[1])))))
        return
    from features.processor import spare_slow_instructions

    spare_slow_instructions()  # for the turns: numpy is loaded here
    sizes = [options.rows // 100, options.rows // 10, options.rows]
    # In a process of its own: a turn is not to carry the memory of what made its file.
    made = f"from benchmarks.shift_data import *; [current_file(n) for n in {[WARM_ROWS, *sizes]}]"
    subprocess.run([sys.executable, "-c", f"{made}; stored_baseline()"], check=True)
    turns: dict[str, list[dict[str, Any]]] = {
        name: [] for name in COMPETITORS if name == "decode" or name not in options.skip
    }
    for _ in range(options.runs):
        for name, each in turns.items():
            each.append(turn_apart(name, options.rows))
    peaks = {rows: turn_apart("trainyard", rows)["peak_mb"] for rows in sizes}
    report(turns, peaks)


def turn(name: str, path: Path) -> dict[str, Any]:
    """One competitor's work, in this process."""
    COMPETITORS[name](current_file(WARM_ROWS))  # imports, which some libraries put off until first use
    started, processor = time.perf_counter(), time.process_time()
    found = COMPETITORS[name](path)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    return {"seconds": seconds, "processor": processor, "peak_mb": peak_mb(), "found": found}


def turn_apart(name: str, rows: int) -> dict[str, Any]:
    """One competitor's work, in a process of its own."""
    from features.allocator import spare_memory

    command = [sys.executable, "-m", "benchmarks.shift", "--one", name, str(rows)]
    surroundings = {**os.environ}
    if name in OURS:
        spare_memory(environment=surroundings)  # Arrow looks at it when it is imported, here above
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=surroundings).stdout
    return dict(json.loads(out))


def report(turns: Mapping[str, list[dict[str, Any]]], peaks: Mapping[int, float]) -> None:
    """Prints medians, ratios and errors, and holds the targets."""
    seconds = {name: statistics.median(one["seconds"] for one in each) for name, each in turns.items()}
    exact = turns["scipy"][0]["found"] if "scipy" in turns else {}
    print(f"{'':24}{'seconds':>9}{'processor':>11}{'× decode':>10}{'peak MB':>9}{'error of D':>12}")
    for name, each in turns.items():
        processor = statistics.median(one["processor"] for one in each)
        peak, ratio = max(one["peak_mb"] for one in each), seconds[name] / seconds["decode"]
        found = error(each[0]["found"], exact) if exact and each[0]["found"] else None
        shown = "–" if found is None else f"{found:.1e}"
        print(f"{name:24}{seconds[name]:9.2f}{processor:11.2f}{ratio:10.1f}{peak:9.0f}{shown:>12}")
    print("peak MB by rows: " + ", ".join(f"{rows:,}: {peak:.0f}" for rows, peak in peaks.items()))
    if "trainyard" in turns:
        hold(turns, seconds, exact, peaks)


def hold(
    turns: Mapping[str, list[dict[str, Any]]],
    seconds: Mapping[str, float],
    exact: Distances,
    peaks: Mapping[int, float],
) -> None:
    """The targets of the statistical gate."""
    found, targets = turns["trainyard"][0]["found"], Targets()
    ours = [one["found"] for name in OURS for one in turns.get(name, [])]
    targets.at_most("× decode", seconds["trainyard"] / seconds["decode"], 3)
    for peer, least in (("scipy", 30), ("KLL 2000", 5)):
        if peer in seconds:
            targets.at_least(f"× faster than {peer}", seconds[peer] / seconds["trainyard"], least)
    targets.at_most("peak MB, the largest of three sizes", max(peaks.values()), 200)
    targets.true("the same for any chunking, threads and order", all(one == found for one in ours))
    if exact:
        targets.at_most("error of D", error(found, exact), 1e-4)
        is_within = all(low <= exact[name] <= high for name, (low, high) in found.items())
        targets.true("every exact distance lies in its interval", is_within)
    sizes = (len(json.dumps(one.to_dict(), separators=(",", ":"))) for one in stored_baseline().values())
    targets.at_most("bytes of JSON, the largest feature", max(sizes), 10_000)
    targets.close()


def error(found: Distances, exact: Distances) -> float:
    """The largest error of the distances a competitor found."""
    seen = {name: one[0] if isinstance(one, list) else one for name, one in found.items()}
    return float(max(abs(seen[name] - exact[name]) for name in exact))


if __name__ == "__main__":
    main()
