from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.checkpoint_interval import exact_seconds
from trainyard.forecast.spot_job import SpotJob, best_interval, expected
from trainyard.forecast.spot_paths import simulate

HOUR = 3600.0
PATHS = 20_000


def job(hours: float, mean_hours: float, **changes: float) -> SpotJob:
    values: dict[str, Any] = {
        "interval_seconds": 600.0,
        "write_seconds": 30.0,
        "restart_seconds": 240.0,
        **changes,
    }
    return SpotJob(work_seconds=hours * HOUR, mean_seconds=mean_hours * HOUR, **values)


@pytest.mark.parametrize(("is_refilled", "tries"), [(True, 3), (False, 3), (True, 1), (False, 1)])
@pytest.mark.parametrize(("hours", "mean_hours"), [(3, 18.5), (24, 6.15), (24, 4.48), (72, 24)])
def test_random_runs_agree_with_the_exact_formula(
    hours: float, mean_hours: float, is_refilled: bool, tries: int
) -> None:
    one = replace(job(hours, mean_hours), is_refilled=is_refilled, max_stale_tries=tries)
    exact, paths = expected(one), simulate(one, PATHS, seed=7)
    pairs = [
        (paths.price(0.3), exact.usd(HOUR, 0.3)),
        (paths.lost_seconds, exact.lost_seconds),
        (paths.interruptions, exact.interruptions),
        (paths.on_demand_seconds > 0, exact.on_demand_share),
    ]
    for seen, wanted in pairs:
        error = 5 * seen.std() / math.sqrt(PATHS) + 1e-9
        assert abs(seen.mean() - wanted) < max(error, 1e-4)


def test_the_same_seed_gives_the_same_runs_and_another_one_others() -> None:
    first, again, other = (simulate(job(24, 4.48), PATHS, seed).price(0.3) for seed in (7, 7, 8))
    assert (first == again).all()
    assert not (first == other).all()


def test_refilling_the_tries_keeps_the_saving_of_long_rough_jobs() -> None:
    kept = expected(job(24, 4.48)).saving(24 * HOUR, 0.3)
    counted = expected(replace(job(24, 4.48), is_refilled=False)).saving(24 * HOUR, 0.3)
    assert kept > 0.67
    assert counted < 0.32


@pytest.mark.parametrize(("hours", "mean_hours"), [(1, 4), (3, 720), (24, 4), (24, 24), (72, 720)])
def test_ten_minute_checkpoints_stay_within_the_promised_share_of_the_best(
    hours: float, mean_hours: float
) -> None:
    for write_seconds, allowed in ((30.0, 1.06), (5.0, 1.01)):
        one = job(hours, mean_hours, write_seconds=write_seconds)
        best = expected(best_interval(one)).usd(1, 0.3)
        assert expected(one).usd(1, 0.3) <= allowed * best


def test_the_formulas_interval_is_as_good_as_searching_for_one() -> None:
    one = job(24, 6.15)
    chosen = replace(one, interval_seconds=exact_seconds(30, 6.15 * HOUR))
    assert expected(chosen).usd(1, 0.3) < 1.002 * expected(best_interval(one)).usd(1, 0.3)


def test_a_job_that_is_never_interrupted_costs_its_work_and_its_checkpoints() -> None:
    exact = expected(job(1, 1e9))
    assert exact.spot_seconds == pytest.approx(HOUR + 5 * 30)
    assert exact.on_demand_share == pytest.approx(0, abs=1e-9)


def test_machines_that_never_last_lead_to_on_demand_after_the_tries() -> None:
    exact = expected(job(1, 0.001))
    assert exact.on_demand_share == pytest.approx(1, abs=1e-6)
    assert exact.interruptions == pytest.approx(3, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(
    hours=st.floats(0.1, 72),
    mean=st.floats(0.5, 800),
    interval=st.floats(30, 3600),
    write=st.floats(0.1, 120),
)
def test_no_run_loses_more_than_an_interval_and_its_checkpoint_each_time(
    hours: float, mean: float, interval: float, write: float
) -> None:
    one = job(hours, mean, interval_seconds=interval, write_seconds=write)
    paths = simulate(one, 200, seed=3)
    assert (paths.lost_seconds <= paths.interruptions * one.segment_seconds + 1e-6).all()
    assert (paths.on_demand_seconds <= one.restart_seconds + one.segments * one.segment_seconds).all()
