"""Times the statistical gate over 20 features against its peers and its limit: decoding the same columns.

    python -m benchmarks.shift [--rows 10000000] [--runs 3] [--skip NAME …]

Peers: requirements/benchmarks.txt. Competitors take turns (A B A B …), each turn a process of its own:
seconds are of the work without imports, memory is its peak, the error is against the exact distance.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build/benchmarks"
sys.path[:0] = [str(ROOT / "containers/data_preparation"), str(ROOT)]
COLUMNS, BASELINE_ROWS, BLOCK_ROWS, READ_ROWS, WARM_ROWS = 20, 1_000_000, 262_144, 131_072, 1_000
DRAWS: tuple[Callable[[Any, int], Any], ...] = (
    lambda rng, n: rng.normal(size=n),
    lambda rng, n: rng.standard_cauchy(size=n),
    lambda rng, n: np.where(rng.random(n) < 0.3, 0.0, rng.exponential(size=n)),
    lambda rng, n: rng.integers(0, 50, size=n).astype(float),
    lambda rng, n: np.where(rng.random(n) < 0.05, np.nan, rng.lognormal(size=n)),
)
Distances = dict[str, Any]


def block(seed: int, rows: int, *, is_current: bool) -> pa.Table:
    """Rows of every shape, four times each; the current ones have moved a little further each time."""
    rng = np.random.default_rng(seed)
    drawn = [DRAWS[n % len(DRAWS)](rng, rows) for n in range(COLUMNS)]
    moved = [column * (1 + 0.02 * (n // len(DRAWS)) * is_current) for n, column in enumerate(drawn)]
    return pa.table({f"f{n:02}": column for n, column in enumerate(moved)})


def current_file(rows: int) -> Path:
    """The data to judge, made once."""
    path = FOLDER / f"shift-{rows}.parquet"
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        first = block(0, 1, is_current=True)
        with pq.ParquetWriter(path, first.schema, compression="snappy") as writer:
            for start in range(0, rows, BLOCK_ROWS):
                writer.write_table(block(1 + start, min(BLOCK_ROWS, rows - start), is_current=True))
    return path


def baseline_file() -> Path:
    """A million rows of before, as Parquet for the peers that need them."""
    path = FOLDER / "shift-baseline.parquet"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        pq.write_table(block(999_999_999, BASELINE_ROWS, is_current=False), path)
    return path


def stored_baseline() -> Mapping[str, Any]:
    """The counts a run would have stored, through their JSON form."""
    from features.distribution import NumericCounts, thresholds_of

    from contracts.document import read_document

    path = FOLDER / "shift-baseline.json"
    if not path.exists():
        documents = {}
        table = pq.read_table(baseline_file())
        for name in table.column_names:
            values = table[name].to_numpy()
            counts = NumericCounts(thresholds_of(values[:100_000]))
            counts.add(values)
            documents[name] = {key: value for key, value in counts.to_dict().items() if key != "kind"}
        path.write_text(json.dumps(documents, separators=(",", ":")))
    stored = json.loads(path.read_text())
    return {name: read_document(one, name, ValueError, NumericCounts.read) for name, one in stored.items()}


def decode(path: Path) -> Distances:
    """The limit: every column decoded and thrown away."""
    for batch in pq.ParquetFile(path).iter_batches(batch_size=READ_ROWS):
        batch.num_rows  # noqa: B018
    return {}


def trainyard(path: Path, threads: int = os.cpu_count() or 1) -> Distances:
    """The gate: counts at the stored thresholds, then the certified interval."""
    from features.distance import distance_interval
    from features.distribution import NumericCounts

    baseline = stored_baseline()
    current = {name: NumericCounts(counts.thresholds) for name, counts in baseline.items()}
    with ThreadPoolExecutor(threads) as pool:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=READ_ROWS):
            columns = ((current[name], batch.column(name)) for name in current)
            list(pool.map(lambda pair: pair[0].add(pair[1].to_numpy(zero_copy_only=False)), columns))
    return {name: distance_interval(baseline[name], current[name]) for name in current}


def kll(path: Path) -> Distances:
    """DataSketches' KLL sketches with k = 2000, compared at the baseline's thresholds."""
    from datasketches import kll_doubles_sketch

    baseline = stored_baseline()
    sketches = {name: kll_doubles_sketch(2000) for name in baseline}
    for batch in pq.ParquetFile(path).iter_batches(batch_size=READ_ROWS):
        for name, sketch in sketches.items():
            values = batch.column(name).to_numpy(zero_copy_only=False)
            sketch.update(values[~np.isnan(values)])
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
    "trainyard, 1 thread": lambda path: trainyard(path, 1),
    "KLL 2000": kll,
    "scipy": scipy_exact,
}


def turn(name: str, path: Path) -> dict[str, Any]:
    """One competitor's work, in this process."""
    COMPETITORS[name](current_file(WARM_ROWS))  # imports, which some libraries put off until first use
    started = time.perf_counter()
    found = COMPETITORS[name](path)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": seconds, "peak_mb": peak, "found": found}


def main() -> None:
    """Runs everything, or with --one a single turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--one", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(turn(options.one[0], Path(options.one[1]))))
        return
    names = [name for name in COMPETITORS if name not in options.skip]
    command = [sys.executable, "-m", "benchmarks.shift", "--rows", str(options.rows)]
    made = f"from benchmarks import shift; [shift.current_file(n) for n in ({options.rows}, shift.WARM_ROWS)]"
    # In a process of its own: a turn is not to carry the memory of what made its file.
    subprocess.run([sys.executable, "-c", f"{made}; shift.stored_baseline()"], check=True)
    path = current_file(options.rows)
    turns: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for run in range(options.runs):
        for name in names:
            if name != "scipy" or run == 0:  # exact and slow: once
                out = subprocess.run([*command, "--one", name, str(path)], check=True, stdout=subprocess.PIPE)
                turns[name].append(json.loads(out.stdout))
    report(turns, path)


def report(turns: Mapping[str, list[dict[str, Any]]], path: Path) -> None:
    """Prints medians, ratios and errors; an exact distance outside an interval is an error of the gate."""
    seconds = {name: statistics.median(one["seconds"] for one in each) for name, each in turns.items()}
    exact = turns["scipy"][0]["found"] if "scipy" in turns else {}
    print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")
    print(f"{'':22}{'seconds':>9}{'× decode':>10}{'peak MB':>9}{'error of D':>12}")
    for name, each in turns.items():
        peak = max(one["peak_mb"] for one in each)
        print(
            f"{name:22}{seconds[name]:9.2f}{seconds[name] / seconds['decode']:10.1f}{peak:9}"
            f"{error(each[0]['found'], exact):>12}"
        )
    found = turns["trainyard"][0]["found"]
    assert all(one["found"] == found for one in turns["trainyard"]), "runs must agree bit for bit"
    assert all(low <= exact[name] <= high for name, (low, high) in found.items() if exact), "not certified"
    widths = [high - low for low, high in found.values()]
    print(f"every exact distance lies in its interval; widest interval {max(widths):.1e}")
    largest = max(len(json.dumps(one.to_dict(), separators=(",", ":"))) for one in stored_baseline().values())
    print(f"largest baseline: {largest} bytes a feature")
    for peer in ("scipy", "KLL 2000"):
        if peer in seconds:
            print(f"{seconds[peer] / seconds['trainyard']:.1f} × faster than {peer}")


def error(found: Distances, exact: Distances) -> str:
    """The largest error of the distances a competitor found."""
    if not (found and exact):
        return "–"
    seen = {name: one[0] if isinstance(one, list) else one for name, one in found.items()}
    return f"{max(abs(seen[name] - exact[name]) for name in exact):.1e}"


if __name__ == "__main__":
    main()
