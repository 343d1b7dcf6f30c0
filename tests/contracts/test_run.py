"""What may start a run: read strictly, refused by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.failures import FAILURES, ContextRejected
from contracts.run import Outcome, RunContext, Trigger, Window

SMALLEST: dict[str, Any] = {"trigger": "manual", "reason": "to see", "requested_by": "ada"}
FULL: dict[str, Any] = {
    **SMALLEST,
    "urgency": "urgent",
    "dataset": "flights",
    "window": {"start": "2013-01", "end": "2013-03"},
    "overrides": {"uses_sweep": True, "max_laps": 2, "hyperparameters": {"learning_rate": 0.1}},
    "rerun_from": "training",
    "reuse_run": "manual-1",
}


ONE_MONTH = {**SMALLEST, "window": {"start": "2013-01", "end": "2013-01"}}


@pytest.mark.parametrize("value", [SMALLEST, FULL, ONE_MONTH])
def test_a_context_is_the_same_after_writing_and_reading(value: dict[str, Any]) -> None:
    context = RunContext.from_dict(value)
    assert RunContext.from_dict(context.to_dict()) == context


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"trigger": "weather"}, "context.trigger is"),
        ({"reason": ""}, "context.reason is"),
        ({"urgent": True}, "context.urgent is true: the field is unknown"),
        ({"window": {"start": "2013-13", "end": "2014-01"}}, "context.window.start is"),
        ({"window": {"start": "2014-02", "end": "2014-01"}}, "must not lie after"),
        ({"overrides": {"max_laps": 9}}, "context.overrides.max_laps is 9"),
        ({"overrides": {"hyperparameters": {"eta": [1]}}}, "context.overrides.hyperparameters is"),
        ({"rerun_from": "training"}, "goes together with reuse_run"),
    ],
)
def test_a_wrong_field_is_refused_by_its_path(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ContextRejected) as refusal:
        RunContext.from_dict({**SMALLEST, **change})
    assert named in refusal.value.message


@pytest.mark.parametrize("missing", list(SMALLEST))
def test_a_missing_field_is_refused_by_its_path(missing: str) -> None:
    with pytest.raises(ContextRejected, match=rf"context\.{missing} is missing"):
        RunContext.from_dict({name: value for name, value in SMALLEST.items() if name != missing})


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_is_sent_is_read_or_rejected_but_never_crashes(value: Any) -> None:
    with pytest.raises(ContextRejected):
        RunContext.from_dict(value)


def test_every_failing_outcome_is_a_class_of_the_vocabulary() -> None:
    assert {outcome.value for outcome in Outcome} - FAILURES.keys() == {"Deployed"}


def test_every_trigger_and_window_keeps_its_written_form() -> None:
    assert [str(trigger) for trigger in Trigger] == [
        "schedule",
        "drift",
        "degradation",
        "data_volume",
        "manual",
    ]
    assert Window(start="2013-01", end="2013-02").to_dict() == {"start": "2013-01", "end": "2013-02"}
