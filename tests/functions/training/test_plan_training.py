from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.failures import ConfigurationRejected, DatasetTooLarge
from functions.training.plan_training import handler
from functions.training.plan_training.candidates import Sweep, plan_candidates
from functions.training.plan_training.ladder import LadderSettings, build_ladder

SPACE = {"max_depth": [4, 6, 8], "learning_rate": [0.05, 0.1]}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"


def sweep(**changes: Any) -> Sweep:
    return Sweep(**{"strategy": "random", "max_candidates": 4, "seed": 7, "space": SPACE, **changes})


def ladder(**changes: Any) -> LadderSettings:
    values = {
        "instance_types": ["ml.m5.xlarge", "ml.m5.2xlarge", "ml.m5.4xlarge"],
        "volume_gb": 30,
        "max_runtime_seconds": 3600,
        "max_wait_seconds": 7200,
        "keep_alive_seconds": 0,
        "uses_spot": True,
        "max_attempts": 8,
        "max_stale_windows": 3,
        "max_transient_failures": 2,
        "max_divergences": 2,
        "backoff_seconds": 60,
        "min_batch_size": 16,
        "rate_factor": 0.5,
    }
    return LadderSettings(**{**values, **changes})


def build(rows: int = 1000, features: int = 7, **changes: Any) -> dict[str, Any]:
    return build_ladder(ladder(**changes), rows, features, ["validation:auc"], KEY)


def test_without_a_sweep_the_first_lap_trains_what_is_set() -> None:
    planned = plan_candidates("xgboost", {"max_depth": 6}, {}, sweep(), 0, is_sweep=False)
    assert [one.hyperparameters for one in planned] == [{"max_depth": "6"}]
    assert planned[0].id == "lap0-0"


def test_a_retrain_lap_trains_something_that_was_not_tried() -> None:
    base = {"max_depth": 6, "learning_rate": 0.1}
    for lap in range(1, 20):
        planned = plan_candidates("xgboost", base, {}, sweep(), lap, is_sweep=False)
        assert planned[0].hyperparameters != {"max_depth": "6", "learning_rate": "0.1"}


def test_a_grid_has_every_point_once() -> None:
    planned = plan_candidates("xgboost", {}, {}, sweep(strategy="grid", max_candidates=6), 0, is_sweep=True)
    assert len({json.dumps(one.hyperparameters) for one in planned}) == 6


def test_a_grid_beyond_its_bound_is_refused_with_the_setting() -> None:
    wide = sweep(strategy="grid", max_candidates=100, space={"a": list(range(100)), "b": list(range(100))})
    with pytest.raises(ConfigurationRejected, match=r"training.sweep.space has 10000 points"):
        plan_candidates("xgboost", {}, {}, wide, 0, is_sweep=True)


def test_random_draws_repeat_by_seed_and_differ_by_lap() -> None:
    first, again, later = (
        plan_candidates("xgboost", {}, {}, sweep(), lap, is_sweep=True) for lap in (0, 0, 1)
    )
    assert first == again
    assert [one.hyperparameters for one in first] != [one.hyperparameters for one in later]
    assert len({json.dumps(one.hyperparameters) for one in first}) == 4


def test_what_a_person_overrides_is_not_swept() -> None:
    planned = plan_candidates("xgboost", {}, {"max_depth": 3}, sweep(), 0, is_sweep=True)
    assert {one.hyperparameters["max_depth"] for one in planned} == {"3"}
    assert len(planned) == 2, "two rates are left to draw"


def test_the_ladder_climbs_the_machines_in_the_order_they_are_set() -> None:
    built = build()
    assert built["instance_type"] == "ml.m5.xlarge"
    assert built["capacity_fallback"] == {"ml.m5.xlarge": "ml.m5.2xlarge", "ml.m5.2xlarge": "ml.m5.4xlarge"}
    assert built["memory_upgrade"] == built["capacity_fallback"]


def test_a_machine_too_small_for_the_data_is_not_started_on() -> None:
    assert build(rows=50_000_000, features=20)["instance_type"] == "ml.m5.2xlarge"
    with pytest.raises(DatasetTooLarge, match="narrow the data window"):
        build(rows=10**10, features=100)


def test_a_machine_with_nvme_gets_neither_volume_nor_key() -> None:
    resources = build(instance_types=["ml.m5.xlarge", "ml.g5.xlarge"])["resources"]
    assert resources["ml.g5.xlarge"] == {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1}
    assert resources["ml.m5.xlarge"]["VolumeKmsKeyId"] == KEY


def test_a_warm_pool_is_kept_on_demand_and_refused_on_spot() -> None:
    built = build(uses_spot=False, keep_alive_seconds=600)
    assert built["resources"]["ml.m5.xlarge"]["KeepAlivePeriodInSeconds"] == 600
    with pytest.raises(ConfigurationRejected, match=r"training.keepAliveSeconds is 600"):
        build(keep_alive_seconds=600)


@pytest.mark.parametrize("name", ["ml.p3.2xlarge", "ml.m4.xlarge", "ml.none.large"])
def test_a_retired_or_unknown_machine_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationRejected, match=rf"training.instanceTypes is {name}"):
        build(instance_types=[name])


def test_a_task_waits_longer_than_the_job_it_runs_may_take() -> None:
    built = build()
    assert built["timeout_seconds"]["spot"] > built["stopping"]["spot"]["MaxWaitTimeInSeconds"]
    assert built["stopping"]["on_demand"] == {"MaxRuntimeInSeconds": 3600}


def test_the_plan_is_built_from_the_settings_in_the_environment(environment: pytest.MonkeyPatch) -> None:
    settings = {
        "algorithm": "xgboost",
        "objective_metric": "validation:auc",
        "checkpoint_seconds": 600,
        "hyperparameters": {"max_depth": 6},
        "sweep": {"draw": vars(sweep()), "max_concurrency": 5, "tolerated_failure_percentage": 25},
        "ladder": vars(ladder()),
    }
    environment.setenv("TRAINING", json.dumps(settings))
    training = {"uses_sweep": False, "hyperparameters": {"seed": 1}, "max_laps": 1, "lap": 0}
    plan = handler.handle(
        {"run": {}, "dataset": {"rows": {"train": 100}, "features": 7}, "training": training}, None
    )
    expected = {"checkpoint_seconds": "600", "max_depth": "6", "seed": "1"}
    assert plan["candidates"][0]["hyperparameters"] == expected
    assert plan["objective"] == {"metric": "validation:auc", "direction": "maximize"}
    assert plan["is_sweep"] is False
