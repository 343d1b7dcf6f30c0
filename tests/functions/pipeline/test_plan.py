"""The plan of a run: settings where the context is silent, the context where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.failures import ContextRejected, DataMissing
from contracts.run import RunContext
from functions.pipeline.resolve_run import plan

DEFAULTS = plan.Defaults(
    dataset="flights",
    window_months=2,
    drift_window_months=3,
    algorithm="xgboost",
    uses_spot=True,
    uses_sweep=True,
    max_laps=1,
    is_approval_required=False,
    approval_timeout_seconds=60,
)
KEYS = [f"incoming/flights/2013-{month:02d}.parquet" for month in range(1, 6)]
RUN = {"id": "run-1", "arn": "arn", "prefix": "pipeline/run-1", "pipeline": "trainyard-dev"}


def context(**fields: Any) -> RunContext:
    return RunContext.from_dict({"trigger": "manual", "reason": "a", "requested_by": "ada", **fields})


def planned(asked: RunContext) -> dict[str, Any]:
    window = plan.choose_window(asked, DEFAULTS, KEYS)
    return plan.plan_run(asked, DEFAULTS, RUN, window, "artifacts")


@pytest.mark.parametrize(("trigger", "start"), [("schedule", "2013-04"), ("drift", "2013-03")])
def test_a_drift_run_looks_further_back_than_a_scheduled_one(trigger: str, start: str) -> None:
    assert planned(context(trigger=trigger))["data"]["window"] == {"start": start, "end": "2013-05"}


def test_a_window_that_is_asked_for_is_taken_as_it_is() -> None:
    window = {"start": "2013-01", "end": "2013-01"}
    assert planned(context(window=window))["data"]["window"] == window


def test_fewer_months_than_wanted_are_better_than_no_run() -> None:
    window = plan.choose_window(context(), DEFAULTS, KEYS[:1])
    assert window.to_dict() == {"start": "2013-01", "end": "2013-01"}


def test_files_that_are_no_months_do_not_count_as_landed() -> None:
    with pytest.raises(DataMissing, match="incoming/flights/"):
        plan.choose_window(
            context(),
            DEFAULTS,
            ["incoming/flights/readme.txt", "incoming/flights/2013-13.csv", "incoming/flights/2013-01/a.csv"],
        )


def test_a_month_in_parts_is_there_once_it_has_some_and_is_closed() -> None:
    keys = [*KEYS, "incoming/flights/2013-06/a.csv", "incoming/flights/old/2013-07.csv"]
    assert plan.choose_window(context(), DEFAULTS, keys).end == "2013-05"
    closed = [*keys, "incoming/flights/2013-06/_SUCCESS", "incoming/flights/2013-07/_SUCCESS"]
    assert plan.choose_window(context(), DEFAULTS, closed).end == "2013-06"


def test_an_urgent_run_trains_one_candidate_whatever_is_set() -> None:
    assert planned(context())["training"]["uses_sweep"] is True
    assert planned(context(urgency="urgent"))["training"]["uses_sweep"] is False


def test_overrides_win_over_the_settings_of_the_stack() -> None:
    overrides = {"uses_sweep": False, "max_laps": 0, "hyperparameters": {"max_depth": 3}}
    training = planned(context(overrides=overrides))["training"]
    assert training == {"uses_sweep": False, "hyperparameters": {"max_depth": 3}, "max_laps": 0, "lap": 0}


def test_the_run_keeps_who_asked_so_that_they_cannot_approve_it() -> None:
    assert planned(context())["approval"]["requested_by"] == "ada"
    assert planned(context())["run"]["reason"] == "a"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"dataset": "trains"}, "context.dataset"),
        ({"rerun_from": "training", "reuse_run": "run-0"}, "context.rerun_from"),
    ],
)
def test_what_this_pipeline_does_not_do_is_refused_by_name(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ContextRejected, match=named):
        plan.dataset_of(context(**fields), replace(DEFAULTS))
        plan.refuse_unsupported(context(**fields))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("max_depth", 0, "is 0: it must be a whole number from 1 to 20"),
        ("max_depth", "deep", 'is "deep": it must be a whole number from 1 to 20'),
        ("batch_size", 0, "is 0: it is no hyperparameter of xgboost"),
        ("fold", 1, "is 1: it is set by training.sweep.folds; leave it out"),
        ("checkpoint_seconds", 0, "is 0: it must be above 0 on spot"),
    ],
)
def test_what_no_job_can_take_is_refused_before_any_stage_begins(name: str, value: Any, said: str) -> None:
    asked = context(overrides={"hyperparameters": {name: value}})
    with pytest.raises(ContextRejected) as refused:
        plan.refuse_hyperparameters(asked, DEFAULTS)
    assert f"context.overrides.hyperparameters.{name} {said}" in refused.value.message
    plan.refuse_hyperparameters(context(overrides={"hyperparameters": {"max_depth": 4}}), DEFAULTS)
