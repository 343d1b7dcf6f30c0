"""One run at a time: repeated events, overlapping triggers and cool-downs, whoever comes first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.failures import RunSkipped
from functions.pipeline.record_outcome.run_lock import release_lock
from functions.pipeline.resolve_run.run_lock import restart_count, take_lock
from functions.retraining.start_run.single_flight import Admission, Gate

LEASE_SECONDS = 3600


def admit(
    table: Any, run_id: str, now_seconds: int = 0, trigger: str = "manual", cooldown_seconds: int = 0
) -> Admission:
    gate = Gate(dynamodb=table, table="runs", lease_seconds=LEASE_SECONDS)
    return gate.admit(
        run_id, f"arn:{run_id}", trigger, now_seconds=now_seconds, cooldown_seconds=cooldown_seconds
    )


def take(table: Any, run_id: str, now_seconds: int = 0) -> None:
    take_lock(table, "runs", run_id, f"arn:{run_id}", now_seconds=now_seconds, lease_seconds=LEASE_SECONDS)


def test_the_same_event_delivered_twice_is_the_same_run(table: Any) -> None:
    assert admit(table, "run-1").status == "started"
    again = admit(table, "run-1")
    assert (again.status, again.execution_arn) == ("coalesced", "arn:run-1")
    release_lock(table, "runs", "run-1")
    assert admit(table, "run-1").status == "coalesced", "even after the run is over"


def test_an_event_is_forgotten_long_after_its_last_retry_and_before_its_name_is_free_again(
    table: Any,
) -> None:
    admit(table, "run-1", now_seconds=1_000)
    remembered_days = (int(table.items["event#run-1"]["delete_after"]["N"]) - 1_000) / 86_400
    assert 7 <= remembered_days <= 90


def test_another_trigger_joins_the_run_under_way(table: Any) -> None:
    admit(table, "run-1")
    joined = admit(table, "run-2", trigger="schedule")
    assert (joined.status, joined.run_id, joined.execution_arn) == ("coalesced", None, "arn:run-1")
    assert "event#run-2" not in table.items, "a refused event may come again"


def test_a_trigger_cools_down_alone_and_only_for_its_time(table: Any) -> None:
    admit(table, "run-1", trigger="drift", cooldown_seconds=100)
    release_lock(table, "runs", "run-1")
    assert admit(table, "run-2", 99, "drift", 100).status == "cooling_down"
    assert admit(table, "run-3", 99, "manual").status == "started"
    release_lock(table, "runs", "run-3")
    assert admit(table, "run-2", 100, "drift", 100).status == "started"


def test_the_lock_of_a_dead_run_ends_with_its_lease(table: Any) -> None:
    admit(table, "run-1")
    assert admit(table, "run-2", LEASE_SECONDS - 1).status == "coalesced"
    assert admit(table, "run-2", LEASE_SECONDS).status == "started"


def test_an_admission_that_started_nothing_can_be_taken_back(table: Any) -> None:
    admit(table, "run-1", trigger="drift", cooldown_seconds=100)
    Gate(dynamodb=table, table="runs", lease_seconds=1).withdraw("run-1", "drift")
    assert table.items == {}
    assert admit(table, "run-1", trigger="drift", cooldown_seconds=100).status == "started"


def test_the_run_that_was_admitted_keeps_its_lock_and_others_are_skipped(table: Any) -> None:
    admit(table, "run-1")
    take(table, "run-1")
    with pytest.raises(RunSkipped, match="run-1 is under way"):
        take(table, "run-2")
    release_lock(table, "runs", "run-2")
    assert table.items["lock#run"]["run_id"] == {"S": "run-1"}, "nobody frees another run's lock"


def test_a_run_started_past_the_gate_is_held_to_it_too(table: Any) -> None:
    take(table, "console-run")
    assert admit(table, "run-1").execution_arn == "arn:console-run"


@given(st.lists(st.tuples(st.sampled_from(["manual", "drift", "end"]), st.integers(0, 9)), max_size=40))
def test_whatever_the_order_two_runs_never_overlap(new_table: Any, steps: list[tuple[str, int]]) -> None:
    table, running = new_table(), set()
    for now_seconds, (step, number) in enumerate(steps):
        if step == "end" and running:
            release_lock(table, "runs", running.pop())
        elif step != "end" and admit(table, f"run-{number}", now_seconds, step, 5).status == "started":
            running.add(f"run-{number}")
        assert len(running) <= 1


def test_a_run_starts_the_counting_of_landed_files_anew(table: Any) -> None:
    table.items["landed#flights"] = {"id": {"S": "landed#flights"}, "files": {"N": "7"}}
    restart_count(table, "runs", "flights")
    assert table.items["landed#flights"]["files"] == {"N": "0"}
    assert table.items["landed#flights"]["generation"] == {"N": "1"}
