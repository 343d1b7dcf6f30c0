"""Time that passes at no cost, and runs that a seed repeats byte for byte."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.asl.clock import VIRTUAL_EPOCH_SECONDS, SeededIds, VirtualClock, run_virtual
from rehearsal.asl.simulation import Reply, hours

FLAKY = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "f", "Payload": "{% $uuid() %}"},
    "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 5, "JitterStrategy": "FULL"}],
    "End": True,
}


def fan(width: int) -> dict[str, Any]:
    items = {"StartAt": "T", "States": {"T": FLAKY}}
    return {
        "Type": "Map",
        "Items": list(range(width)),
        "MaxConcurrency": 3,
        "ItemProcessor": items,
        "End": True,
    }


def test_a_sleep_of_days_returns_with_the_clock_moved() -> None:
    async def main() -> tuple[float, float]:
        clock = VirtualClock()
        await asyncio.gather(clock.sleep(hours(48)), clock.sleep(hours(1)))
        return clock.time(), clock.monotonic()

    assert run_virtual(main()) == (VIRTUAL_EPOCH_SECONDS + hours(48), hours(48))


def test_waiting_for_nothing_at_all_is_an_error_and_no_hang() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="nothing left to wait for"):
        run_virtual(main())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(seed=st.integers(min_value=0, max_value=2**32), width=st.integers(min_value=1, max_value=6))
def test_the_same_seed_gives_the_same_history_byte_for_byte(
    new_stage: Any, states: Any, seed: int, width: int
) -> None:
    def history() -> str:
        stage = new_stage(seed)
        stage.host.script(
            "lambda:f", Reply(error="E"), Reply(error="E", seconds=2), Reply(1), Reply(error="E"), Reply(2)
        )
        return json.dumps(stage.run(states(S=fan(width))).events)

    assert history() == history()


def test_another_seed_gives_another_history(new_stage: Any, states: Any) -> None:
    def history(seed: int) -> str:
        stage = new_stage(seed)
        stage.host.script("lambda:f", Reply(error="E"), Reply(1))
        return json.dumps(stage.run(states(S=fan(2))).events)

    assert history(1) != history(2)


def test_seeded_identifiers_are_version_four_uuids_in_order() -> None:
    first, second = SeededIds(7), SeededIds(7)
    assert [first.uuid() for _ in range(3)] == [second.uuid() for _ in range(3)]
    assert first.uuid()[14] == "4"
    assert 0 <= first.random() < 1
