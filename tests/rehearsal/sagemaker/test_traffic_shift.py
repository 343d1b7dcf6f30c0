from __future__ import annotations

from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.endpoints.shift import Step, steps


def blue_green(routing: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **more}}


def canary(size: dict[str, Any], **more: Any) -> dict[str, Any]:
    return blue_green({"Type": "CANARY", "WaitIntervalInSeconds": 300, "CanarySize": size}, **more)


def test_a_canary_takes_whole_instances_then_everything() -> None:
    plan = steps(canary({"Type": "CAPACITY_PERCENT", "Value": 10}, TerminationWaitInSeconds=120), 4)
    assert plan == [Step(0.25, 300), Step(1.0, 120)]


def test_a_linear_shift_goes_in_equal_steps() -> None:
    size = {"Type": "CAPACITY_PERCENT", "Value": 33}
    plan = steps(blue_green({"Type": "LINEAR", "WaitIntervalInSeconds": 60, "LinearStepSize": size}), 3)
    assert [round(step.share, 2) for step in plan] == [0.33, 0.67, 1.0]


def test_a_canary_of_a_single_instance_is_refused_with_the_remedy() -> None:
    with pytest.raises(ServiceError, match="at most 50 percent of the fleet"):
        steps(canary({"Type": "INSTANCE_COUNT", "Value": 1}), 1)


def test_an_execution_bound_shorter_than_the_waits_is_refused() -> None:
    config = canary({"Type": "INSTANCE_COUNT", "Value": 1}, MaximumExecutionTimeoutInSeconds=300)
    with pytest.raises(ServiceError, match="MaximumExecutionTimeoutInSeconds 300 must exceed"):
        steps(config, 2)


def test_a_rolling_update_moves_batch_by_batch() -> None:
    size = {"Type": "CAPACITY_PERCENT", "Value": 50}
    rolling = {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 10}}
    assert steps(rolling, 4) == [Step(0.5, 10), Step(1.0, 0)]


@pytest.mark.parametrize("config", [None, {}, {"AutoRollbackConfiguration": {"Alarms": []}}])
def test_without_a_policy_all_traffic_moves_at_once(config: dict[str, Any] | None) -> None:
    assert steps(config, 1) == [Step(1.0, 0)]
