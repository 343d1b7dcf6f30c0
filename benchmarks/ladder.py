"""Measures the ladder's simulator and holds the ladder to its targets.

    python -m benchmarks.ladder [--runs 5] [--types]

Targets: 3 million paths a second on one core, within sampling error of the exact figure; cost at most 1.06
of the best at 30 s a checkpoint and 1.01 at 5 s; saving at least 67 % at a price ratio of 0.30; at most 600 s
lost each. The baseline is the same simulation in plain Python, a run at a time. `--types` writes the table of
docs/training.md instead: every type of the catalogue with the dev stack's settings.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.targets import Targets
from contracts.instances import Instance, catalogue
from trainyard.forecast.spot_job import SpotJob, best_interval, expected
from trainyard.forecast.spot_paths import simulate
from trainyard.forecast.training import job_of
from trainyard.stack_file import stack_settings

HOUR = 3600.0
TYPES_PAGE = Path(__file__).parents[1] / "docs/training.md"
BEGIN, END = "<!-- types: begin -->", "<!-- types: end -->"
JOBS = [(3, 18.46), (3, 2920), (24, 18.46), (24, 6.153), (24, 4.481), (72, 24), (72, 6.153)]
PATHS = 1_000_000
PLAIN_PATHS = 2_000
MOST_SAMPLING_ERRORS = 4.0  # of seven normal deviates, beyond by chance once in 2,000 times


def main() -> None:
    """Prints one table: speed and error of the simulator, then the ladder against its targets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--types", action="store_true")
    options = parser.parse_args()
    if options.types:
        TYPES_PAGE.write_text(with_table(TYPES_PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        return
    targets = Targets()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("| job | mean between | M paths/s | plain Python | error / sampling error |")
    print("|---:|---:|---:|---:|---:|")
    for hours, mean_hours in JOBS:
        print(speed(ladder(hours, mean_hours, 30.0), options.runs, targets))
    print("\n| job | mean between | checkpoint | cost / best | saved | saved, tries counted | lost each |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for write_seconds in (30.0, 5.0):
        for hours, mean_hours in JOBS:
            print(costs(ladder(hours, mean_hours, write_seconds), targets))
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    targets.close()


def ladder(hours: float, mean_hours: float, write_seconds: float) -> SpotJob:
    """A job with a checkpoint every ten minutes."""
    return SpotJob(
        work_seconds=hours * HOUR,
        interval_seconds=600,
        write_seconds=write_seconds,
        restart_seconds=240,
        mean_seconds=mean_hours * HOUR,
    )


def speed(job: SpotJob, runs: int, targets: Targets) -> str:
    """Medians of interleaved runs, by processor time."""
    fast, slow = [], []
    for _ in range(runs):
        fast.append(timed(lambda: simulate(job, PATHS, 1)))
        slow.append(timed(lambda: plain(job, PLAIN_PATHS)))
    cost, exact = simulate(job, PATHS, 2).price(0.3), expected(job).usd(HOUR, 0.3)
    error = abs(cost.mean() - exact) / (cost.std() / math.sqrt(PATHS))
    rate, plain_rate = PATHS / statistics.median(fast) / 1e6, PLAIN_PATHS / statistics.median(slow) / 1e6
    what = f"{job.work_seconds / HOUR:g} h | {job.mean_seconds / HOUR:g} h"
    targets.at_least("million paths a second, the slowest job", rate, 3)
    targets.at_most("error / sampling error, the largest", error, MOST_SAMPLING_ERRORS)
    return f"| {what} | {rate:.1f} | {plain_rate:.3f} | {error:.1f} |"


def costs(job: SpotJob, targets: Targets) -> str:
    """Cost against the best interval, the saving with and without refill, and the work lost each time."""
    exact, best = expected(job), expected(best_interval(job))
    counted = expected(replace(job, is_refilled=False))
    ratio, saving = exact.usd(1, 0.3) / best.usd(1, 0.3), exact.saving(job.work_seconds, 0.3)
    lost = exact.lost_seconds / exact.interruptions
    what = f"{job.work_seconds / HOUR:g} h | {job.mean_seconds / HOUR:g} h | {job.write_seconds:g} s"
    targets.at_most(f"cost / best at {job.write_seconds:g} s", ratio, 1.06 if job.write_seconds > 5 else 1.01)
    targets.at_least("share saved, the least", saving, 0.67)
    targets.at_most("seconds lost each, the most", lost, 600)
    counted_saving = counted.saving(job.work_seconds, 0.3)
    return f"| {what} | {ratio:.3f} | {saving:.1%} | {counted_saving:.1%} | {lost:.0f} s |"


def types_table() -> Iterator[str]:
    """Per type: interruptions, then for 3, 24 and 72 h on-demand → expected (19 of 20 runs stay below).

    What holds for every type alike, the ladder's targets, is the last row: only prices differ between them.
    """
    settings = stack_settings("dev").training
    columns, targets = [], []
    for hours in (3, 24, 72):
        job = replace(job_of(settings, None, None), work_seconds=hours * HOUR)
        paths = simulate(job, PATHS // 5, seed=20130101).price(0.3)
        exact, best = expected(job), expected(best_interval(job))
        columns.append((hours, exact.usd(1, 0.3), float(np.quantile(paths, 0.95)) / HOUR))
        saved, above = exact.saving(job.work_seconds, 0.3), exact.usd(1, 0.3) / best.usd(1, 0.3)
        lost = exact.lost_seconds / exact.interruptions
        targets.append(f"{saved:.1%} saved, {above:.3f} of the best, {lost:.0f} s lost each")
    yield "| type | price | reclaimed in a month | EC2's saving | 3 h | 24 h | 72 h |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for one in catalogue().instances.values():
        price, saving = one.listed_usd_per_hour, one.ec2_spot_saving_percent
        cells = [
            f"{price * hours:.2f} → {price * mean:.2f} ({price * p95:.2f})" if price else "–"
            for hours, mean, p95 in columns
        ]
        figures = [f"{price:.6g}" if price else "–", band(one), f"{saving} %" if saving else "–", *cells]
        yield f"| {one.type} | {' | '.join(figures)} |"
    yield f"| **each of them** | | | | {' | '.join(targets)} |"


def with_table(page: str) -> str:
    """The page with the table as it is now between its marks."""
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    return "\n".join([before + BEGIN, *types_table(), END + after])


def band(one: Instance) -> str:
    """The share of EC2's instances that is reclaimed within a month."""
    if one.interruption_percent is None:
        return "–"
    low, high = one.interruption_percent
    return f"{low}–{high} %" if high else f"> {low} %"


def timed(call: Callable[[], object]) -> float:
    """Processor seconds."""
    start = time.process_time()
    call()
    return time.process_time() - start


def plain(job: SpotJob, paths: int) -> float:
    """The mean cost of runs simulated one by one."""
    source = random.Random(1)  # noqa: S311  (a simulation, no secret)
    return statistics.fmean(plain_path(job, source) for _ in range(paths))


def plain_path(job: SpotJob, source: random.Random) -> float:
    """One run's cost in on-demand seconds."""
    left = (job.segments - 1) * job.segment_seconds + job.last_seconds
    spot, tries, restart = 0.0, 0, 0.0
    while tries < job.max_stale_tries:
        span = source.expovariate(1 / job.mean_seconds)
        if span >= restart + left:
            return 0.3 * (spot + restart + left)
        spot += span
        finished = max(0.0, span - restart) // job.segment_seconds
        left -= finished * job.segment_seconds
        tries = 0 if finished else tries + 1
        restart = job.restart_seconds
    return 0.3 * spot + restart + left


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
