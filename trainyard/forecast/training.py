"""`trainyard forecast training`: what a job costs, takes and loses on the ladder, before it is started.

Spot prices and interruption rates of SageMaker are not published: both are assumptions that can be changed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from contracts.checkpoint_interval import automatic_seconds, mean_seconds_between
from contracts.instances import catalogue
from settings.training import Training
from trainyard.forecast.chart import chart
from trainyard.forecast.spot_job import SpotJob, best_interval, expected
from trainyard.forecast.spot_paths import simulate
from trainyard.forecast.table import Forecast, notes, table
from trainyard.stack_file import stack_settings

# A restart downloads image, data and checkpoint, and is billed from there on.
RESTART_SECONDS = 240.0
PATHS = 200_000


def add_parser(verbs: Any) -> None:
    """The verb's options."""
    parser = verbs.add_parser("training", help="cost, time and lost work of a job on the ladder")
    parser.add_argument("--stack", default="dev", help="whose settings to use (default: %(default)s)")
    parser.add_argument(
        "--hours",
        type=_positive,
        nargs="+",
        default=[3.0, 24.0, 72.0],
        help="work of a job (default: 3 24 72)",
    )
    parser.add_argument("--instance", nargs="+", metavar="TYPE", help="machines (default: the stack's first)")
    parser.add_argument(
        "--interruption-percent-per-hour", type=_percent, metavar="PERCENT", help="default: the stack's"
    )
    parser.add_argument(
        "--write-seconds", type=_positive, metavar="SECONDS", help="of a checkpoint (default: the stack's)"
    )
    parser.add_argument("--chart", type=Path, metavar="FILE.svg", help="draw cost against interval")
    parser.add_argument("--json", action="store_true", dest="is_json", help="print the forecasts as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prints one line a job."""
    settings = stack_settings(options.stack).training
    types, machines = options.instance or [settings.instance_types[0]], settings.machines
    for name in types:
        machines.instance(name, "training", "--instance")
    job = job_of(settings, options.interruption_percent_per_hour, options.write_seconds)
    found = [
        forecast(name, replace(job, work_seconds=hours * 3600), settings)
        for name in types
        for hours in options.hours
    ]
    if options.chart:
        options.chart.write_text(
            drawn(types[0], replace(job, work_seconds=options.hours[0] * 3600), settings),
            encoding="utf-8",
        )
    if options.is_json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=2) + "\n")
        return 0
    sys.stdout.write("\n".join([*table(found), "", *notes(settings, job, found)]) + "\n")
    return 0


def job_of(settings: Training, percent_per_hour: float | None, write_seconds: float | None) -> SpotJob:
    """The stack's ladder as a job without work yet."""
    percent = percent_per_hour or settings.spot.interruption_percent_per_hour
    write = write_seconds or settings.checkpoint.write_seconds
    given, runtime_seconds = settings.checkpoint.seconds, settings.max_runtime_minutes * 60
    hosts, promise = settings.instance_count, settings.checkpoint.max_lost_seconds
    automatic = automatic_seconds(write, percent, promise, runtime_seconds, hosts)
    return SpotJob(
        work_seconds=0,
        interval_seconds=given if isinstance(given, int) else automatic,
        write_seconds=write,
        restart_seconds=RESTART_SECONDS,
        mean_seconds=mean_seconds_between(percent) / hosts,
        max_stale_tries=settings.spot.max_windows,
    )


def forecast(instance_type: str, job: SpotJob, settings: Training) -> Forecast:
    """Expectation by the exact formula, the rest from random runs with a fixed seed."""
    ratio = catalogue().spot_price_ratio
    hourly = settings.instance_count * settings.machines.instances[instance_type].on_demand_usd_per_hour
    exact, paths = expected(job), simulate(job, PATHS, seed=20130101)
    usd, hours = paths.price(ratio) * hourly / 3600, (paths.spot_seconds + paths.on_demand_seconds) / 3600
    best = expected(best_interval(job))
    expected_usd = exact.usd(hourly, ratio)
    return Forecast(
        instance_type=instance_type,
        job_hours=job.work_seconds / 3600,
        interval_seconds=job.interval_seconds,
        on_demand_usd=job.work_seconds / 3600 * hourly,
        expected_usd=expected_usd,
        p95_usd=float(np.quantile(usd, 0.95)),
        worst_usd=float(usd.max()),
        limit_usd=settings.max_cost_usd,
        saving=exact.saving(job.work_seconds, ratio),
        above_best=expected_usd / best.usd(hourly, ratio) - 1,
        expected_hours=(exact.spot_seconds + exact.on_demand_seconds) / 3600,
        p95_hours=float(np.quantile(hours, 0.95)),
        interruptions=exact.interruptions,
        lost_seconds_each=exact.lost_seconds / max(exact.interruptions, 1e-12),
        on_demand_share=exact.on_demand_share,
    )


def drawn(instance_type: str, job: SpotJob, settings: Training) -> str:
    """Expected cost for intervals from 10 s to an hour."""
    hosts = settings.instance_count
    hourly = hosts * settings.machines.instances[instance_type].on_demand_usd_per_hour
    ratio = catalogue().spot_price_ratio
    intervals = [float(seconds) for seconds in np.geomspace(10, 3600, 60)]
    points = [(one, expected(replace(job, interval_seconds=one)).usd(hourly, ratio)) for one in intervals]
    return chart(
        f"{hosts} x {instance_type}, {job.work_seconds / 3600:g} h of work on spot",
        points,
        job.interval_seconds,
    )


def _positive(text: str) -> float:
    value = _number(text)
    if not 0 < value <= 10_000:
        raise argparse.ArgumentTypeError(f"{text}: it must be a number above 0 and at most 10000")
    return value


def _percent(text: str) -> float:
    value = _number(text)
    if not 0 < value < 100:
        raise argparse.ArgumentTypeError(f"{text}: it must be a number above 0 and below 100")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
