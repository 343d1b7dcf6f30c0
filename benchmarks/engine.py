"""Whole pipeline passes in virtual time: passes a second on one core, twenty and a hundred at once, memory.

Run it from the repository's root: `python -m benchmarks.engine`. Prints medians and the ratio to the limits.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable

from rehearsal.simulated.catalogue import CATALOGUE
from rehearsal.simulated.chance import by_chance
from rehearsal.simulated.run import run_all, run_one
from rehearsal.simulated.stack import simulated_stack

REPEATS = 5
LEAST_PASSES_A_SECOND = 20
LIMIT_OF_TWENTY_SECONDS = 30


def median_seconds(work: Callable[[], object]) -> float:
    """Median CPU seconds of the repeats: one thread does all the work, and a shared machine disturbs less."""
    seconds = []
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return statistics.median(seconds)


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__).parse_args()
    stack = simulated_stack("dev")
    well, chance = CATALOGUE["everything goes well"], by_chance(100, seed=7)
    run_one(stack, well)
    one = median_seconds(lambda: run_one(stack, well))
    twenty = median_seconds(lambda: run_all(stack, [well] * 20))
    hundred = median_seconds(lambda: run_all(stack, chance, 7))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = 20 / twenty
    print(f"one pass                    {one * 1000:8.1f} ms of CPU, median of {REPEATS}")
    print(f"passes a second, one core   {rate:8.1f}    {rate / LEAST_PASSES_A_SECOND:.2f} x the limit of 20")
    print(f"20 pipelines at once        {twenty:8.2f} s   {LIMIT_OF_TWENTY_SECONDS / twenty:.0f} x below 30")
    print(f"100 at once, random faults  {hundred:8.2f} s")
    print(f"peak memory                 {peak_mb:8.0f} MB")


if __name__ == "__main__":
    main()
