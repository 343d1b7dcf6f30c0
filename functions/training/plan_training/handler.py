"""Plans one lap of training: which candidates, on which ladder, judged by which objective."""

import json
import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.training.plan_training.candidates import Sweep, plan_candidates
from functions.training.plan_training.ladder import LadderSettings, build_ladder

# What can be an objective, with the direction in which it is better, and what the trainers print beside it.
OBJECTIVES = {"validation:logloss": "minimize", "validation:auc": "maximize"}
METRICS = ("train:logloss", "train:auc", *OBJECTIVES, "epochs")

logger = Logger(service="training")
metrics = Metrics(namespace="Trainyard", service="training")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "dataset", "training"}` → candidates, ladder, objective and the bounds of a sweep."""
    settings = json.loads(os.environ["TRAINING"])
    training, dataset = event["training"], event["dataset"]
    sweep = settings["sweep"]
    candidates = plan_candidates(
        settings["algorithm"],
        {"checkpoint_seconds": settings["checkpoint_seconds"], **settings["hyperparameters"]},
        training.get("hyperparameters") or {},
        Sweep(**sweep["draw"]),
        training["lap"],
        training["uses_sweep"],
    )
    ladder = build_ladder(
        LadderSettings(**settings["ladder"]),
        dataset["rows"]["train"],
        dataset["features"],
        METRICS,
        os.environ["KEY_ARN"],
    )
    logger.info("planned", extra={"candidates": [one.to_dict() for one in candidates]})
    metrics.add_metric("Candidates", MetricUnit.Count, len(candidates))
    objective = settings["objective_metric"]
    return {
        "is_sweep": len(candidates) > 1,
        "candidates": [one.to_dict() for one in candidates],
        "ladder": ladder,
        "objective": {"metric": objective, "direction": OBJECTIVES[objective]},
        "max_concurrency": sweep["max_concurrency"],
        "tolerated_failure_percentage": sweep["tolerated_failure_percentage"],
    }
