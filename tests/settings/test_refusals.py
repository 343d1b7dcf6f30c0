"""A wrong setting is refused by its path, with the value seen and the rule it breaks."""

from collections.abc import Callable
from typing import Any

import pytest

from settings import SettingsError, read

Problems = Callable[[Callable[[dict[str, Any]], None]], tuple[str, ...]]


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change: set the value at a path such as `training.spot.maxWindows`."""

    def change(config: dict[str, Any]) -> None:
        section, *inner = path.split(".")
        node = config[f"trainyard:{section}"]
        for part in inner[:-1]:
            node = node[part]
        node[inner[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("training.spot.maxWindows", 11, "trainyard:training.spot.maxWindows is 11; it must be at most 10"),
        ("training.volumeGb", 0, "trainyard:training.volumeGb is 0; it must be at least 1"),
        ("approval.isRequired", "yes", 'trainyard:approval.isRequired is "yes"; it must be true or false'),
        ("evaluation.maxMetricDrop", "2%", 'trainyard:evaluation.maxMetricDrop is "2%"; it must be a number'),
        ("pipeline.maxLaps", 1.5, "trainyard:pipeline.maxLaps is 1.5; it must be a whole number"),
        (
            "network.zones",
            ["eu-west-1a"],
            'trainyard:network.zones is ["eu-west-1a"]; it must have at least 2 items',
        ),
        (
            "deployment.strategy",
            "rolling",
            "trainyard:deployment.strategy is \"rolling\"; it must be 'canary', 'linear' or 'all_at_once'",
        ),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_path_value_and_bound(
    problems: Problems, path: str, value: Any, said: str
) -> None:
    assert problems(put(path, value)) == (said,)


def test_an_unknown_setting_is_refused_with_the_nearest_known_one(problems: Problems) -> None:
    assert problems(put("training.spot.maxWaitHours", 2)) == (
        "trainyard:training.spot.maxWaitHours is not a setting; did you mean maxWaitMinutes?",
    )


def test_an_unknown_setting_like_no_other_is_refused_with_all_known_ones(problems: Problems) -> None:
    [problem] = problems(put("approval.colour", "red"))
    assert problem.startswith("trainyard:approval.colour is not a setting; the settings here are ")
    assert problem.endswith("approverEmails, canStarterApprove, expiryDays, isRequired")


def test_an_unknown_section_is_refused_like_any_other_setting(problems: Problems) -> None:
    def misspell(config: dict[str, Any]) -> None:
        config["trainyard:trainig"] = {}

    assert problems(misspell) == ("trainyard:trainig is not a setting; did you mean training?",)


def test_a_setting_that_is_missing_is_named_with_its_path(problems: Problems) -> None:
    def forget(config: dict[str, Any]) -> None:
        del config["trainyard:dataPreparation"]["shift"]["action"]

    [problem] = problems(forget)
    assert problem.startswith("trainyard:dataPreparation.shift.action is missing")


def test_a_section_that_is_no_mapping_is_refused_by_name(problems: Problems) -> None:
    def flatten(config: dict[str, Any]) -> None:
        config["trainyard:approval"] = "required"

    assert problems(flatten) == ("trainyard:approval is 'required'; it must be a mapping of settings",)


@pytest.mark.parametrize("instance_type", ["ml.p3.2xlarge", "ml.p2.xlarge", "ml.c4.xlarge"])
def test_a_machine_of_a_retired_family_is_refused(problems: Problems, instance_type: str) -> None:
    [problem] = problems(put("training.instanceTypes", ["ml.m5.xlarge", instance_type]))
    assert problem.startswith(f'trainyard:training.instanceTypes[1] is "{instance_type}"')
    assert "retired" in problem


def test_a_warm_pool_together_with_spot_is_refused(problems: Problems) -> None:
    [problem] = problems(put("training.keepAliveSeconds", 600))
    assert problem.startswith("trainyard:training.keepAliveSeconds is 600: a warm pool can't be kept on spot")


def test_a_spot_window_shorter_than_the_training_is_refused(problems: Problems) -> None:
    [problem] = problems(put("training.spot.maxWaitMinutes", 60))
    assert problem.startswith("trainyard:training.spot.maxWaitMinutes is 60; it must be above maxRuntime")


def test_a_canary_on_a_single_machine_is_refused(problems: Problems) -> None:
    [problem] = problems(put("deployment.strategy", "canary"))
    assert problem.startswith("trainyard:deployment.instanceCount is 1: canary needs at least 2")


def test_an_update_that_must_end_before_its_waits_do_is_refused(problems: Problems) -> None:
    [problem] = problems(put("deployment.bakeMinutes", 60))
    assert problem.startswith("trainyard:deployment.maxUpdateMinutes is 60")


def test_a_run_that_must_end_before_its_approval_expires_is_refused(problems: Problems) -> None:
    assert problems(put("approval.expiryDays", 2)) == (
        "trainyard:pipeline.deadlineHours is 48; it must be above 48, the hours of approval.expiryDays (2): "
        "the stages have the rest",
    )


def test_log_retention_is_one_of_the_periods_cloudwatch_knows(problems: Problems) -> None:
    [problem] = problems(put("observability.logRetentionDays", 100))
    assert "CloudWatch Logs keeps 1, 3, 5, 7, 14, 30," in problem


def test_a_zone_of_another_region_is_refused_by_name(problems: Problems) -> None:
    assert problems(put("network.zones", ["eu-west-1a", "us-east-1a"])) == (
        "trainyard:network.zones has us-east-1a; aws:region is eu-west-1: name its zones",
    )


def test_all_that_is_wrong_is_said_at_once(problems: Problems) -> None:
    def break_three(config: dict[str, Any]) -> None:
        put("training.volumeGb", 0)(config)
        put("approval.expiryDays", 0)(config)
        put("storage.checkpointDays", 1)(config)

    assert len(problems(break_three)) == 3


def test_an_empty_configuration_names_every_section_that_is_missing() -> None:
    with pytest.raises(SettingsError) as caught:
        read({"aws:region": "eu-west-1"})
    assert len(caught.value.problems) == 11


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("training.hyperparameters.max_depth", 0, "max_depth is 0; it must be a whole number from 1 to 20"),
        ("training.hyperparameters.max_depth", "4.5", 'max_depth is "4.5"; it must be a whole number'),
        ("training.hyperparameters.depth", 3, "hyperparameters.depth is 3: is no hyperparameter of xgboost"),
        ("training.hyperparameters.checkpoint_seconds", 0, "is 0: is set by checkpoint.seconds; remove it"),
        ("training.sweep.space.max_depth", [3, 99], "it must be a whole number from 1 to 20; 99 is not"),
        (
            "training.sweep.variants",
            [{"gamma": -1}],
            "gamma must be a number from 0 to 1000000000; -1 is not",
        ),
        ("training.checkpoint.seconds", 5, "must be auto, or a whole number from 10 to 3600"),
        ("training.checkpoint.seconds", 900, "must be at most checkpoint.maxLostSeconds (600), or auto"),
        (
            "training.instanceTypes",
            ["ml.m5.large", "ml.trn2.48xlarge"],
            "not in the catalogue for training; choose",
        ),
        ("training.instanceTypes", ["ml.p5en.48xlarge"], "no price of ml.p5en.48xlarge is known: give yours"),
        ("training.instancePrices", {"ml.m5.huge": 1.5}, "has ml.m5.huge: not in the catalogue; add it to"),
        ("training.instancePrices", {"ml.m5.large": -1.5}, "it must be above 0"),
        ("training.maxCostUsd", 0.9, "one attempt for each of 1 jobs can cost 0.92 on the dearest of"),
        ("training.maxInstanceCount", 2, "maxInstanceCount is 2: xgboost trains on one host here; set 1, or"),
        ("training.instanceCount", 2, "must be at least instanceCount (2)"),
        ("training.instanceCount", 17, "instanceCount is 17; it must be at most 16"),
        ("training.hyperparameters.folds", 5, "hyperparameters.folds is 5: is set by sweep.folds; remove it"),
        ("training.sweep.space.fold", [0, 1], "is set by sweep.folds; remove it"),
        ("training.sweep.folds.count", 21, "sweep.folds.count is 21; it must be at most 20"),
        ("training.sweep.folds.count", 1, "one fold compares nothing: take 2 to 20, or 0 for none"),
        ("training.objectiveMetric", "validation:f1", "must be 'validation:auc' or 'validation:logloss'"),
        ("training.instanceTypes", ["ml.p3.2xlarge"], "AWS has retired the family p3; choose one of"),
        ("training.checkpoint.seconds", 0, "must be auto, or a whole number from 10 to 3600"),
        ("training.sweep.maxCandidates", 10_000, "sweep.maxCandidates is 10000; it must be at most 100"),
        ("training.hyperparameters.max_depth", "deep", 'max_depth is "deep"; it must be a whole number'),
        ("evaluation.instanceType", "ml.m5.huge", "not in the catalogue for processing; choose one of ml.m5"),
        ("evaluation.transformInstanceType", "ml.p2.xlarge", "AWS has retired the family p2; choose one of"),
        ("deployment.instanceType", "ml.m5.huge", "not in the catalogue for endpoint; choose one of ml.m5"),
        ("dataPreparation.instanceTypes", ["ml.p4d.24xlarge"], "not in the catalogue for processing"),
    ],
)
def test_what_a_training_job_would_refuse_is_refused_before_it_is_paid_for(
    problems: Problems, path: str, value: Any, said: str
) -> None:
    problem = problems(put(path, value))[0]
    assert path.split(".")[1] in problem
    assert said in problem


def test_a_batch_of_nothing_is_refused_where_the_network_is_trained(problems: Problems) -> None:
    def choose(config: dict[str, Any]) -> None:
        config["trainyard:training"].update(algorithm="torch", hyperparameters={"batch_size": 0})
        config["trainyard:training"]["sweep"]["space"] = {"batch_size": [0, 64]}

    [problem] = problems(choose)
    assert problem.startswith("trainyard:training.hyperparameters.batch_size is 0; it must be a whole number")


def test_a_grid_of_ten_thousand_points_is_refused_by_the_setting(problems: Problems) -> None:
    def widen(config: dict[str, Any]) -> None:
        space = {"min_child_weight": list(range(100)), "gamma": list(range(100))}
        config["trainyard:training"]["sweep"].update(strategy="grid", space=space)

    [problem] = problems(widen)
    assert "trainyard:training.sweep.space" in problem
    assert "a grid of it has 10000 points, above maxCandidates (6)" in problem


def test_a_managed_sweep_on_spot_is_refused_for_want_of_checkpoints(problems: Problems) -> None:
    def choose(config: dict[str, Any]) -> None:
        config["trainyard:training"]["sweep"].update(isUsed=True, manager="tuning_job")

    [problem] = problems(choose)
    assert problem.startswith(
        'trainyard:training.sweep.manager is "tuning_job": a tuning job\'s jobs have no'
    )


def test_variants_are_refused_when_there_are_too_few_to_compare(problems: Problems) -> None:
    [problem] = problems(put("training.sweep.strategy", "variants"))
    assert "must name 2 to maxCandidates (6) configurations" in problem


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"by": "hash", "window": "rolling"}, 'folds.window is "rolling": a window rolls over time'),
        ({"count": 20}, "folds.count is 20: makes 240 jobs of maxCandidates (12)"),
    ],
)
def test_folds_that_do_not_go_together_are_refused_by_their_path(
    problems: Problems, changes: dict[str, Any], said: str
) -> None:
    def choose(config: dict[str, Any]) -> None:
        config["trainyard:training"]["sweep"]["maxCandidates"] = 12
        config["trainyard:training"]["sweep"]["folds"].update(changes)

    [problem] = problems(choose)
    assert said in problem


def test_folds_are_refused_where_a_tuner_judges_each_job_alone(problems: Problems) -> None:
    def choose(config: dict[str, Any]) -> None:
        config["trainyard:training"]["spot"]["isUsed"] = False
        config["trainyard:training"]["sweep"].update(isUsed=True, manager="tuning_job")
        config["trainyard:training"]["sweep"]["folds"]["count"] = 3

    [problem] = problems(choose)
    assert problem.startswith("trainyard:training.sweep.folds.count is 3: a tuning job judges")
