from __future__ import annotations

import pytest

from contracts import checkpoint_interval as interval

CASES = [(cost, mean_hours * 3600) for cost in (0.5, 5, 30, 120) for mean_hours in (0.5, 4, 24, 720)]


@pytest.mark.parametrize(("cost", "mean"), CASES)
def test_the_exact_interval_agrees_with_scipys_lambert_w(cost: float, mean: float) -> None:
    from scipy.special import lambertw  # by the test process that runs this file only: it is large

    reference = mean * (1 + lambertw(-(2.718281828459045 ** (-1 - cost / mean))).real)
    assert interval.exact_seconds(cost, mean) == pytest.approx(reference, rel=1e-6)


@pytest.mark.parametrize(("cost", "mean"), CASES)
def test_no_other_interval_has_less_overhead_than_the_exact_one(cost: float, mean: float) -> None:
    best = interval.exact_seconds(cost, mean)
    least = interval.overhead(best, cost, mean)
    assert all(interval.overhead(best * factor, cost, mean) > least for factor in (0.5, 0.9, 1.1, 2))


@pytest.mark.parametrize(("cost", "mean"), CASES)
def test_dalys_interval_costs_at_most_a_thousandth_more(cost: float, mean: float) -> None:
    exact, daly = interval.exact_seconds(cost, mean), interval.daly_seconds(cost, mean)
    assert interval.overhead(daly, cost, mean) - interval.overhead(exact, cost, mean) < 1e-3


def test_youngs_interval_is_the_first_order_of_dalys() -> None:
    assert interval.young_seconds(30, 24 * 3600) == pytest.approx(2276.8, abs=0.1)
    assert interval.daly_seconds(30, 24 * 3600) == pytest.approx(2256.8, abs=1)


def test_a_share_lost_within_an_hour_becomes_a_mean_time_between() -> None:
    assert interval.mean_seconds_between(15) / 3600 == pytest.approx(6.153, abs=0.001)


def test_the_automatic_interval_keeps_the_promise_about_lost_work() -> None:
    seconds = interval.automatic_seconds(30, 0.03, 600, 86400)
    assert seconds == 560, "rare interruptions: the promise rules, less writing and upload"
    assert interval.automatic_seconds(5, 60, 600, 86400) < 200, "frequent ones: the formula rules"


def test_writing_dearer_than_the_mean_time_between_is_not_multiplied() -> None:
    assert interval.daly_seconds(120, 50) == 50
