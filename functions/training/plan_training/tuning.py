"""The sweep as SageMaker's own tuner takes it: the alternative to a ladder for each candidate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from functions.training.plan_training.candidates import Sweep, Value, as_text, as_texts

STRATEGIES = {"grid": "Grid", "random": "Random"}


def tuning_request(
    sweep: Sweep,
    base: Mapping[str, Value],
    overrides: Mapping[str, Value],
    objective: Mapping[str, str],
    max_concurrency: int,
) -> dict[str, Any]:
    """`{"config", "static"}` of a tuning job: the search, and the hyperparameters that all its jobs share."""
    free = {name: values for name, values in sweep.space.items() if name not in overrides}
    points = math.prod(len(values) for values in free.values())
    jobs = min(points, sweep.max_candidates)
    ranges = [{"Name": name, "Values": [as_text(value) for value in values]} for name, values in free.items()]
    return {
        "config": {
            "Strategy": STRATEGIES[sweep.strategy],
            "HyperParameterTuningJobObjective": {
                "Type": objective["direction"].capitalize(),
                "MetricName": objective["metric"],
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": jobs,
                "MaxParallelTrainingJobs": min(jobs, max_concurrency),
            },
            "ParameterRanges": {"CategoricalParameterRanges": ranges},
            "RandomSeed": sweep.seed,
        },
        "static": as_texts(
            {**{name: value for name, value in base.items() if name not in free}, **overrides}
        ),
    }
