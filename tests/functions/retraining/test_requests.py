"""Whatever asks for a run becomes one context with one identity, or is refused by field."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contracts.failures import ContextRejected
from functions.retraining.start_run.requests import read

CONTEXT = {"trigger": "manual", "reason": "to see", "requested_by": "ada"}


def alarm(name: str = "trainyard-dev-model-drift", value: str = "ALARM") -> dict[str, Any]:
    state = {"value": value, "reason": "Threshold Crossed"}
    detail = {"alarmName": name, "state": state}
    return {"detail-type": "CloudWatch Alarm State Change", "id": "event-1", "detail": detail}


def test_a_request_by_hand_is_identified_by_its_invocation() -> None:
    first, retried, second = read(CONTEXT, "call-1"), read(CONTEXT, "call-1"), read(CONTEXT, "call-2")
    assert first.run_id == retried.run_id != second.run_id
    assert re.fullmatch(r"manual-[0-9a-f]{16}", first.run_id)


def test_an_event_delivered_twice_asks_for_the_same_run() -> None:
    assert read(alarm(), "call-1").run_id == read(alarm(), "call-2").run_id


@pytest.mark.parametrize(
    ("name", "trigger"),
    [("trainyard-dev-model-drift", "drift"), ("trainyard-dev-model-auc", "degradation")],
)
def test_an_alarm_says_by_its_name_whether_data_or_model_went_bad(name: str, trigger: str) -> None:
    request = read(alarm(name), "call-1")
    assert request.context.trigger == trigger
    assert "Threshold Crossed" in request.context.reason


def test_a_wrapped_context_brings_its_own_identity() -> None:
    wrapped = {"context": {**CONTEXT, "trigger": "data_volume"}, "identity": "landed-flights-3"}
    assert read(wrapped, "call-1").run_id == read(wrapped, "call-2").run_id
    assert read(wrapped, "call-1").run_id.startswith("data-volume-")


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (alarm(value="OK"), "event.detail.state.value"),
        ({"detail-type": "Scheduled Event"}, "event.detail-type"),
        ({**CONTEXT, "trigger": "weather"}, "context.trigger"),
        ({"context": {}, "identity": "a"}, "context.trigger is missing"),
    ],
)
def test_anything_else_is_refused_by_the_field_that_is_wrong(event: dict[str, Any], named: str) -> None:
    with pytest.raises(ContextRejected) as refusal:
        read(event, "call-1")
    assert named in refusal.value.message
