"""What docs/training.md says of the ladder's cost is what the simulator says of it today."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.ladder import TYPES_PAGE, with_table
from trainyard.forecast.spot_job import best_interval, expected
from trainyard.forecast.training import job_of
from trainyard.stack_file import stack_settings


def test_the_table_of_every_type_is_the_simulators() -> None:
    page = TYPES_PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page, "`python -m benchmarks.ladder --types` writes it anew"


@pytest.mark.parametrize("stack", ["dev", "prod"])
@pytest.mark.parametrize("hours", [3, 24, 72])
def test_the_ladder_as_it_is_set_keeps_its_promises(hours: int, stack: str) -> None:
    job = replace(job_of(stack_settings(stack).training, None, None), work_seconds=hours * 3600)
    exact, best = expected(job), expected(best_interval(job))
    assert exact.saving(job.work_seconds, 0.3) >= 0.67
    assert exact.usd(1, 0.3) <= 1.01 * best.usd(1, 0.3)
    assert exact.lost_seconds / exact.interruptions <= 600
