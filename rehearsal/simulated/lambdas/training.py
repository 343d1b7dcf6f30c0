"""From the plan of a lap to the verdict on its candidate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contracts.artifacts import RunKeys
from contracts.evaluation import METRICS, Difference, Report
from contracts.failures import NameCollision, ServiceUnavailable
from functions.evaluation.find_baseline.served import served_model
from functions.evaluation.judge_candidate import registration
from functions.evaluation.judge_candidate.judgement import Thresholds, judge
from functions.evaluation.remove_evaluation.removal import remove_models, withdraw_package
from functions.training.choose_best.choice import best_of
from functions.training.classify_failure.classification import classify
from functions.training.classify_failure.recovery import changes
from functions.training.plan_training.plan import plan_lap
from functions.training.remove_checkpoints.removal import prefixes
from rehearsal.simulated.registry import SageMaker
from rehearsal.simulated.world import World

BASELINE = {"accuracy": 0.8, "f1": 0.5, "auc": 0.72}
USUAL = {"accuracy": 0.81, "f1": 0.52, "auc": 0.74}
NOISE = 0.001  # half the width of the bootstrap's interval


def plan_training(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Candidates, ladder and objective, from the stack's settings."""
    environment = world.environments["plan_training"]
    settings = json.loads(environment["TRAINING"])
    return plan_lap(settings, event["training"], event["dataset"], environment["KEY_ARN"])


def classify_failure(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """The kind of the failure, the newest checkpoint of the world, and what may be changed."""
    failure = event["failure"]
    classified = classify(failure.get("Error") or "", failure.get("Cause") or "")
    newest = next(reversed(world.keys(event["checkpoint_uri"].split("/", 3)[3] + "/")), "")
    return {
        "kind": classified.kind.__name__,
        "message": classified.message,
        "is_transient": issubclass(classified.kind, (ServiceUnavailable, NameCollision)),
        "has_progressed": newest not in ("", event["checkpoint"]),
        "checkpoint": newest,
        "billable_seconds": classified.evidence.billable_seconds,
        **changes(event["hyperparameters"], event["recovery"]),
    }


def choose_best(_world: World, event: dict[str, Any]) -> dict[str, Any]:
    """The best by the objective."""
    objective = event["objective"]
    best = best_of(
        event["trained"],
        event["candidates"],
        objective["metric"],
        objective["direction"],
        event["tolerated_failure_percentage"],
    )
    return {"candidate": best.to_dict()}


def remove_checkpoints(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Removes what the function would from the world."""
    chosen = prefixes(event["run"]["id"], includes_models=event["includes_models"])
    return {"removed": {prefix: world.remove(prefix) for prefix in chosen}}


def find_baseline(world: World, _event: dict[str, Any]) -> dict[str, Any]:
    """What the live endpoint of the world serves."""
    return served_model(SageMaker(world), world.environments["find_baseline"]["ENDPOINT_NAME"])


def judge_candidate(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """The verdict over the scores that the scenario gives the candidate of this lap."""
    is_first_lap = event["candidate"]["id"].startswith("lap0-")
    scores = world.facts.scores if is_first_lap else world.facts.later_scores or world.facts.scores
    report = _report({**USUAL, **scores}, has_baseline=event["baseline"]["exists"])
    thresholds = Thresholds(**json.loads(world.environments["judge_candidate"]["THRESHOLDS"]))
    verdict = judge(report, thresholds, 1_000_000)
    return {
        "verdict": verdict.to_dict(),
        "report_sha256": "0" * 64,
        "metrics": registration.metrics_of(report),
        "metadata": registration.metadata_of(event, report, verdict),
    }


def remove_evaluation(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Removes models and artifacts, withdraws the package."""
    run_id, sagemaker = event["run"]["id"], SageMaker(world)
    if event["package_arn"]:
        withdraw_package(sagemaker, event["package_arn"], f"Evaluation failed in {run_id}")
    objects = world.remove(RunKeys(run_id).stage("evaluation")) if event["includes_artifacts"] else 0
    models = remove_models(sagemaker, event["model_names"])
    return {"package_arn": event["package_arn"], "objects": objects, "models": models}


def _report(candidate: Mapping[str, float], *, has_baseline: bool) -> Report:
    gains = {name: candidate[name] - BASELINE[name] for name in METRICS}
    return Report(
        rows=12_000,
        base_rate=0.2,
        candidate=candidate,
        baseline=BASELINE if has_baseline else None,
        rule={"auc": 0.6},
        differences={
            name: Difference(value=gain, low=gain - NOISE, high=gain + NOISE) for name, gain in gains.items()
        }
        if has_baseline
        else {},
        segments=(),
    )
