"""Landed files and the loop that counts them, on the deployed handlers in virtual time."""

from __future__ import annotations

import random

import pytest

from rehearsal.simulated.faults import Fault
from rehearsal.simulated.landings import Announcement, land
from rehearsal.simulated.stack import SimulatedStack

THRESHOLD = 12
HOUR_SECONDS = 3600.0


def announced(seed: int, versions: range, spread: float, start: float = 0.0) -> list[Announcement]:
    """Every file up to three times, in any order."""
    source = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret comes from it
    files = [version for version in versions for _ in range(source.randrange(1, 4))]
    source.shuffle(files)
    key = "incoming/flights/2013-01.parquet"
    return [
        Announcement(key=key, version=str(one), after_seconds=start + source.uniform(0, spread))
        for one in files
    ]


@pytest.mark.parametrize("seed", range(5))
def test_files_announced_twice_and_in_any_order_start_one_run(dev: SimulatedStack, seed: int) -> None:
    runs = land(dev, announced(seed, range(THRESHOLD), spread=600.0), seed=seed)
    assert [run.status for run in runs] == ["SUCCEEDED"]
    assert runs[0].name.startswith("data-volume-")


def test_too_few_files_start_nothing_however_often_they_are_announced(dev: SimulatedStack) -> None:
    assert land(dev, announced(1, range(THRESHOLD - 1), spread=600.0)) == []


def test_a_function_that_dies_with_its_work_done_counts_no_file_twice(dev: SimulatedStack) -> None:
    fault = Fault(place="event/count_landed", what="crashed_after_work", times=20)
    few = announced(2, range(THRESHOLD - 1), spread=600.0)
    assert land(dev, few, (fault,)) == []
    enough = announced(2, range(THRESHOLD), spread=600.0)
    assert len(land(dev, enough, (fault,))) == 1


def test_a_late_announcement_of_counted_files_does_not_start_a_second_run(dev: SimulatedStack) -> None:
    first = announced(3, range(THRESHOLD), spread=60.0)
    late = announced(4, range(THRESHOLD), spread=60.0, start=12 * HOUR_SECONDS)
    assert len(land(dev, [*first, *late])) == 1


def test_as_many_new_files_after_a_run_start_the_next_one(dev: SimulatedStack) -> None:
    first = announced(5, range(THRESHOLD), spread=60.0)
    later = announced(6, range(100, 100 + THRESHOLD), spread=60.0, start=12 * HOUR_SECONDS)
    assert len(land(dev, [*first, *later])) == 2
