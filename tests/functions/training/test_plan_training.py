from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts.failures import ConfigurationRejected, DataMissing, DatasetTooLarge
from functions.training.plan_training.candidates import Sweep, plan_candidates
from functions.training.plan_training.ladder import LadderSettings, build_ladder
from functions.training.plan_training.plan import plan_lap

SPACE = {"max_depth": [4, 6, 8], "learning_rate": [0.05, 0.1]}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"


def sweep(**changes: Any) -> Sweep:
    return Sweep(
        **{"strategy": "random", "max_candidates": 4, "seed": 7, "space": SPACE, "variants": [], **changes}
    )


def ladder(**changes: Any) -> LadderSettings:
    values = {
        "instance_types": ["ml.m5.xlarge", "ml.m5.2xlarge", "ml.m5.4xlarge"],
        "instance_prices": {},
        "instance_count": 1,
        "max_instance_count": 1,
        "volume_gb": 30,
        "max_runtime_seconds": 3600,
        "max_wait_seconds": 7200,
        "keep_alive_seconds": 0,
        "uses_spot": True,
        "max_attempts": 8,
        "max_cost_usd": 50.0,
        "max_stale_windows": 3,
        "max_transient_failures": 2,
        "max_divergences": 2,
        "backoff_seconds": 60,
        "min_batch_size": 16,
        "rate_factor": 0.5,
    }
    return LadderSettings(**{**values, **changes})


def build(rows: int = 1000, features: int = 7, candidates: int = 1, **changes: Any) -> dict[str, Any]:
    return build_ladder(ladder(**changes), rows, features, ["validation:auc"], KEY, candidates)


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


@pytest.fixture
def plan() -> Callable[..., dict[str, Any]]:
    """Plans from settings with these changes; the rest comes with the run."""

    def run(rows: int = 100, uses_sweep: bool = False, lap: int = 0, **changes: Any) -> dict[str, Any]:
        given = changes.pop("hyperparameters", {})
        settings: dict[str, Any] = {
            "algorithm": "xgboost",
            "objective_metric": "validation:auc",
            "checkpoint_seconds": 600,
            "hyperparameters": changes.pop("base", {"max_depth": 6}),
            "sweep": {
                "manager": "map",
                "draw": vars(sweep()),
                "folds": {"count": 0, "by": "time", "window": "expanding"},
                "max_concurrency": 5,
                "tolerated_failure_percentage": 25,
            },
            "ladder": vars(ladder()),
        }
        for name, value in changes.items():
            settings[name] = {**settings[name], **value} if isinstance(value, dict) else value
        training = {"uses_sweep": uses_sweep, "hyperparameters": given, "lap": lap}
        dataset = {"rows": {"train": rows, "validation": 50}, "features": 7}
        return plan_lap(settings, training, dataset, KEY)

    return run


Plan = Callable[..., dict[str, Any]]


def test_the_plan_is_built_from_the_settings_and_the_run(plan: Plan) -> None:
    planned = plan(hyperparameters={"seed": 1})
    expected = {"checkpoint_seconds": "600", "max_depth": "6", "seed": "1"}
    assert planned["candidates"][0]["hyperparameters"] == expected
    assert planned["objective"] == {"metric": "validation:auc", "direction": "maximize"}
    assert (planned["is_sweep"], planned["is_tuned"]) == (False, False)


def test_a_hyperparameter_out_of_range_is_refused_before_any_job(plan: Plan) -> None:
    with pytest.raises(ConfigurationRejected, match=r"training.hyperparameters.max_depth is '0': it must be"):
        plan(hyperparameters={"max_depth": 0})
    with pytest.raises(ConfigurationRejected, match=r"batch_size is '0': it must be a whole number from 1"):
        plan(algorithm="torch", base={}, hyperparameters={"batch_size": 0})


def test_spot_without_checkpoints_is_refused_by_the_field_that_asks_for_it(plan: Plan) -> None:
    with pytest.raises(ConfigurationRejected, match="checkpoint_seconds is '0': it must be above 0 on spot"):
        plan(hyperparameters={"checkpoint_seconds": 0})
    assert plan(hyperparameters={"checkpoint_seconds": 0}, ladder={"uses_spot": False})["candidates"]


def test_a_channel_without_rows_is_refused_before_any_job(plan: Plan) -> None:
    with pytest.raises(DataMissing, match=r"dataset.rows.train is 0"):
        plan(rows=0)


def test_a_network_is_told_that_it_is_one_and_has_its_own_names(plan: Plan) -> None:
    with pytest.raises(ConfigurationRejected, match="max_depth is '6': it is no hyperparameter of torch"):
        plan(algorithm="torch")


def test_variants_are_trained_as_they_are_listed(plan: Plan) -> None:
    draw = vars(sweep(strategy="variants", variants=[{"max_depth": 3}, {"gamma": 0.5}]))
    planned = plan(uses_sweep=True, sweep={"draw": draw})
    assert [one["hyperparameters"]["max_depth"] for one in planned["candidates"]] == ["3", "6"]
    assert planned["candidates"][1]["hyperparameters"]["gamma"] == "0.5"


def test_the_cost_cap_is_shared_by_the_candidates_and_refused_when_too_small(plan: Plan) -> None:
    alone, shared = (build(candidates=number)["max_billable_seconds"] for number in (1, 4))
    assert alone == int(50 / 0.922 * 3600)
    assert shared == pytest.approx(alone / 4, abs=1)
    with pytest.raises(ConfigurationRejected, match=r"training.maxCostUsd is 3: one attempt .* cost 3.69"):
        plan(uses_sweep=True, ladder={"max_cost_usd": 3})


def test_a_managed_sweep_hands_the_same_space_to_the_tuner(plan: Plan) -> None:
    draw = vars(sweep(strategy="grid", max_candidates=6))
    planned = plan(uses_sweep=True, sweep={"manager": "tuning_job", "draw": draw})
    config = planned["tuning"]["config"]
    assert (config["Strategy"], planned["is_tuned"]) == ("Grid", True)
    assert config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 5}
    ranges = config["ParameterRanges"]["CategoricalParameterRanges"]
    assert ranges[1] == {"Name": "learning_rate", "Values": ["0.05", "0.1"]}
    assert planned["tuning"]["static"] == {"checkpoint_seconds": "600"}


FOLDS = {"count": 3, "by": "time", "window": "expanding"}


def test_folds_multiply_the_jobs_and_keep_the_configurations_for_the_winner(plan: Plan) -> None:
    planned = plan(uses_sweep=True, sweep={"folds": FOLDS})
    assert (len(planned["configurations"]), len(planned["candidates"])) == (4, 12)
    assert planned["ladder"]["max_billable_seconds"] == int(50 / 13 / 0.922 * 3600), (
        "the winner's last fit too"
    )


def test_folds_are_for_sweeps_alone(plan: Plan) -> None:
    planned = plan(sweep={"folds": FOLDS})
    assert planned["configurations"] == [] and len(planned["candidates"]) == 1


def test_a_run_that_asks_for_a_fold_of_its_own_is_refused(plan: Plan) -> None:
    with pytest.raises(ConfigurationRejected, match=r"training.hyperparameters.folds is '5': .*sweep.folds"):
        plan(hyperparameters={"folds": 5})


def test_folds_that_the_cost_cap_cannot_pay_are_refused_with_their_setting(plan: Plan) -> None:
    with pytest.raises(ConfigurationRejected, match=r"each of 13 jobs can cost 11.99 .*sweep.folds.count"):
        plan(uses_sweep=True, sweep={"folds": FOLDS}, ladder={"max_cost_usd": 10})


def test_every_host_of_a_job_is_asked_for_and_paid() -> None:
    alone, four = (build(instance_count=count, max_instance_count=4) for count in (1, 4))
    assert four["resources"]["ml.m5.xlarge"]["InstanceCount"] == 4
    assert four["max_billable_seconds"] == alone["max_billable_seconds"], "machine seconds, not job seconds"
    with pytest.raises(
        ConfigurationRejected, match=r"cost 3.69 on 4 x ml.m5.4xlarge.*training.instanceCount"
    ):
        build(instance_count=4, max_instance_count=4, max_cost_usd=3)


def test_only_a_network_sharded_over_its_hosts_is_scaled_out(plan: Plan) -> None:
    out = {"max_instance_count": 4}
    sharded = plan(algorithm="torch", base={"parallelism": "sharded"}, ladder=out)
    replicated = plan(algorithm="torch", base={}, ladder=out)
    assert [one["ladder"]["max_instance_count"] for one in (sharded, replicated)] == [4, 1]
    with pytest.raises(ConfigurationRejected, match=r"training.maxInstanceCount is 4: xgboost"):
        plan(ladder=out)
