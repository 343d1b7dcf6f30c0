"""The timeline: a row a state with all its visits, what it started below it, in percent of the run."""

from __future__ import annotations

import pytest

from rehearsal.report.record import RunRecord
from rehearsal.report.timeline import Timeline, marks, timeline


def test_a_state_is_one_row_with_a_bar_for_each_visit(record: RunRecord) -> None:
    first = timeline(record).rows[0]
    assert (first.row.label, first.row.seconds) == ("Prepare", 20)
    assert [(bar.started, bar.ended) for bar in first.bars] == [(0, 50), (50, 100)]


def test_a_job_stands_below_the_state_of_the_child_that_started_it(record: RunRecord) -> None:
    rows = [(drawn.row.label, drawn.row.depth, drawn.row.kind) for drawn in timeline(record).rows]
    assert rows == [("Prepare", 0, "state"), ("Prepare", 1, "state"), ("job-<1>", 2, "job failed")]


def test_what_is_over_at_once_is_still_wide_enough_to_see(record: RunRecord) -> None:
    record.jobs[0].ended = record.jobs[0].started
    [bar] = timeline(record).rows[-1].bars
    assert bar.length == 0.25


def test_a_run_without_states_that_take_time_has_no_timeline(record: RunRecord) -> None:
    record.executions[0]["events"] = record.executions[0]["events"][2:4]
    assert timeline(record) == Timeline()


@pytest.mark.parametrize(
    ("seconds", "first", "last"),
    [(0.35, "0 s", "0.3 s"), (32.1, "0 s", "30 s"), (1e6, "0 s", "1e+06 s")],
)
def test_the_scale_has_round_marks_and_at_most_ten(seconds: float, first: str, last: str) -> None:
    found = list(marks(seconds))
    assert (found[0], found[-1][1]) == ((0, first), last)
    assert len(found) <= 10 and found[-1][0] <= 100
