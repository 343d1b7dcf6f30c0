"""How often a spot job should write a checkpoint: what writing costs against what an interruption loses.

Interruptions are taken as a Poisson process. Young (1974) and Daly (2006) give approximations; the exact best
of an endless job is a value of Lambert's W function.
"""

from __future__ import annotations

import math

AUTO = "auto"
# What SageMaker takes to copy a written checkpoint to S3, beyond the writing itself.
UPLOAD_SECONDS = 10.0


def mean_seconds_between(percent_per_hour: float) -> float:
    """The mean time between interruptions when that share of machines is taken away within an hour."""
    return -3600.0 / math.log1p(-percent_per_hour / 100)


def young_seconds(write_seconds: float, mean_seconds: float) -> float:
    """Young's first-order interval: √(2CM)."""
    return math.sqrt(2 * write_seconds * mean_seconds)


def daly_seconds(write_seconds: float, mean_seconds: float) -> float:
    """Daly's higher-order interval; the mean itself where writing costs more than twice of it."""
    if write_seconds >= 2 * mean_seconds:
        return mean_seconds
    share = write_seconds / (2 * mean_seconds)
    young = young_seconds(write_seconds, mean_seconds)
    return young * (1 + math.sqrt(share) / 3 + share / 9) - write_seconds


def exact_seconds(write_seconds: float, mean_seconds: float) -> float:
    """The interval T that makes (exp((T+C)/M) - 1) / T least: M (1 + W0(-exp(-1 - C/M)))."""
    return mean_seconds * (1 + _lambert_w0(-math.exp(-1 - write_seconds / mean_seconds)))


def overhead(interval_seconds: float, write_seconds: float, mean_seconds: float) -> float:
    """How much longer an endless job takes for its checkpoints and repeated work: 0.05 is 5 %."""
    segment = math.expm1((interval_seconds + write_seconds) / mean_seconds)
    return mean_seconds * segment / interval_seconds - 1


def automatic_seconds(
    write_seconds: float,
    percent_per_hour: float,
    max_lost_seconds: float,
    max_runtime_seconds: float,
    hosts: int = 1,
) -> int:
    """The best interval within the promise: no interruption may lose more than `max_lost_seconds`.

    Work done while a checkpoint is written and uploaded is lost as well, hence the deduction. One of `hosts`
    taken away interrupts them all.
    """
    best = exact_seconds(write_seconds, mean_seconds_between(percent_per_hour) / hosts)
    promised = max_lost_seconds - write_seconds - UPLOAD_SECONDS
    return max(1, int(min(best, promised, max_runtime_seconds)))


def _lambert_w0(value: float) -> float:
    """The principal branch on [-1/e, 0) by Halley's iteration from its series around the branch point."""
    root = math.sqrt(max(0.0, 2 * (1 + math.e * value)))
    found = -1 + root - root**2 / 3 + 11 * root**3 / 72
    for _ in range(20):
        power = math.exp(found)
        error = found * power - value
        if abs(error) < 1e-16 or found == -1:
            break
        found -= error / (power * (found + 1) - (found + 2) * error / (2 * found + 2))
    return found
