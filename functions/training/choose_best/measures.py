"""What is published of each trained candidate as metrics: its fit, how spot and the ladder served it.

What training took is published once a run, over all its jobs, by record_outcome: failed ladders took it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from contracts.candidate import TrainedCandidate

REPORTED = {
    "train:logloss": "FinalTrainingLoss",
    "validation:logloss": "FinalValidationLoss",
    "validation:auc": "FinalValidationAuc",
    "epochs": "Epochs",
    "early_stopping_epoch": "EarlyStoppingEpoch",
}
"""By the trainer's name for it. A trainer of one's own may leave some out: then there is no such metric."""


@dataclass(frozen=True)
class Measures:
    """Metrics that share their dimensions: `name: (unit, value)`, units as CloudWatch spells them."""

    values: dict[str, tuple[str, float]]
    dimensions: dict[str, str] = field(default_factory=dict)


def measures_of(candidate: TrainedCandidate, gpu_utilization: float | None) -> Iterator[Measures]:
    """The figures of one candidate, then how often each kind of recovery helped it.

    `gpu_utilization` is the average of one of its GPUs, in percent.
    """
    reported = {
        name: ("None", float(candidate.metrics[key]))
        for key, name in REPORTED.items()
        if key in candidate.metrics
    }
    saving = saving_percent(candidate)
    known = {"SpotSavingPercent": saving, "GpuUtilizationPercent": gpu_utilization}
    yield Measures(
        {
            **reported,
            **{name: ("Percent", value) for name, value in known.items() if value is not None},
        }
    )
    for recovery, count in sorted(Counter(candidate.recoveries).items()):
        yield Measures({"Recoveries": ("Count", count)}, {"recovery": recovery})


def saving_percent(candidate: TrainedCandidate) -> float | None:
    """What spot saved against the same training on demand, which would have lost nothing; None if unknown.

    Below zero where retries cost more than spot saved. SageMaker bills spot by shortening the billable time
    (docs: 1 - BillableTimeInSeconds / TrainingTimeInSeconds).
    """
    useful_seconds = candidate.training_seconds - candidate.lost_seconds
    return 100 * (1 - candidate.billable_seconds / useful_seconds) if useful_seconds > 0 else None


def gpu_share(datapoints: list[dict[str, Any]], gpus: int) -> float | None:
    """The average utilisation of one GPU in percent: SageMaker's metric adds up the GPUs of a host."""
    samples = sum(point["SampleCount"] for point in datapoints)
    if not samples or not gpus:
        return None
    total = sum(point["Average"] * point["SampleCount"] for point in datapoints)
    return float(total / samples / gpus)
