"""One lap's plan: candidates, ladder, objective and, for SageMaker's own tuner, its request. What would fail
once a job runs is refused here, before anything is paid for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from contracts.candidate import Candidate
from contracts.failures import ConfigurationRejected, DataMissing
from contracts.hyperparameters import refusals
from functions.training.plan_training.candidates import Sweep, fold_jobs, plan_candidates
from functions.training.plan_training.ladder import LadderSettings, build_ladder
from functions.training.plan_training.tuning import tuning_request

# What can be an objective, with the direction in which it is better, and what the trainers print beside it.
OBJECTIVES = {"validation:logloss": "minimize", "validation:auc": "maximize"}
METRICS = ("train:logloss", "train:auc", *OBJECTIVES, "epochs", "early_stopping_epoch")


def plan_lap(
    settings: Mapping[str, Any], training: Mapping[str, Any], dataset: Mapping[str, Any], key_arn: str
) -> dict[str, Any]:
    """The plan as JSON; `settings` is what the component wrote, `training` and `dataset` come with the run.

    Raises ConfigurationRejected or DataMissing naming the setting or field.
    """
    sweep, algorithm = settings["sweep"], settings["algorithm"]
    draw = Sweep(**sweep["draw"])
    overrides = training.get("hyperparameters") or {}
    _refuse_empty_channels(dataset["rows"])
    base = {"checkpoint_seconds": settings["checkpoint_seconds"], **settings["hyperparameters"]}
    if algorithm != "xgboost":
        base["algorithm"] = algorithm
    candidates = plan_candidates(algorithm, base, overrides, draw, training["lap"], training["uses_sweep"])
    ladder_settings = _scaled(LadderSettings(**settings["ladder"]), algorithm, candidates)
    _refuse_wrong_hyperparameters(algorithm, candidates, uses_spot=ladder_settings.uses_spot)
    rows, features = dataset["rows"]["train"], dataset["features"]
    is_sweep = len(candidates) > 1
    folds = sweep["folds"] if is_sweep and sweep["folds"]["count"] else None
    jobs = fold_jobs(candidates, folds) if folds else candidates
    # The winner of folds is trained once more, on everything.
    ladder = build_ladder(ladder_settings, rows, features, METRICS, key_arn, len(jobs) + (folds is not None))
    metric = settings["objective_metric"]
    objective = {"metric": metric, "direction": OBJECTIVES[metric]}
    is_tuned = is_sweep and sweep["manager"] == "tuning_job"
    return {
        "is_sweep": is_sweep,
        "is_tuned": is_tuned,
        "candidates": [one.to_dict() for one in jobs],
        "configurations": [one.to_dict() for one in candidates] if folds else [],
        "ladder": ladder,
        "objective": objective,
        "max_concurrency": sweep["max_concurrency"],
        "tolerated_failure_percentage": sweep["tolerated_failure_percentage"],
        **(
            {"tuning": tuning_request(draw, base, overrides, objective, sweep["max_concurrency"])}
            if is_tuned
            else {}
        ),
    }


def _scaled(settings: LadderSettings, algorithm: str, candidates: Sequence[Candidate]) -> LadderSettings:
    """The ladder's settings, with hosts to scale out to only where that gives a network room: sharded, each
    holds a part of it; replicated, each holds it whole however many there are."""
    if settings.max_instance_count > 1 and algorithm == "xgboost":
        raise ConfigurationRejected(
            f"training.maxInstanceCount is {settings.max_instance_count}: xgboost trains on one host here; "
            "set 1, or training.algorithm to torch"
        )
    if all(one.hyperparameters.get("parallelism") == "sharded" for one in candidates):
        return settings
    return replace(settings, max_instance_count=settings.instance_count)


def _refuse_empty_channels(rows: Mapping[str, int]) -> None:
    for channel, count in rows.items():
        if count == 0 and channel in ("train", "validation"):
            raise DataMissing(
                f"dataset.rows.{channel} is 0: training needs rows in it; widen the data window "
                "(pipeline.windowMonths)"
            )


def _refuse_wrong_hyperparameters(
    algorithm: str, candidates: Sequence[Candidate], *, uses_spot: bool
) -> None:
    for candidate in candidates:
        given = candidate.hyperparameters
        for name, rule in refusals(algorithm, given, uses_spot=uses_spot):
            raise ConfigurationRejected(
                f"training.hyperparameters.{name} is {given[name]!r}: it {rule} (candidate {candidate.id})"
            )
