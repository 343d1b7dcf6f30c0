"""What alarms watch of training beside its state machines and hosts.

Jobs get their names at run time, so no alarm can name one: the stage's functions publish what is known when
an attempt or a candidate has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import ResourceOptions

from components.blocks import metrics
from components.blocks.alarms import Limit, metric_alarm
from components.blocks.ground import Ground
from components.blocks.metrics import Metric
from contracts.instances import catalogue

SERVICE = {"service": "training"}
HOUR_SECONDS = 3600
GPU_LOW_PERCENT, GPU_HIGH_PERCENT = 50, 95


@dataclass(frozen=True, kw_only=True)
class Told:
    """A family of failed attempts: how many an hour are too many, and what they mean."""

    more_than: int
    meaning: str


# By the family in functions/training/classify_failure; `operator` is somebody's own doing.
FAMILIES: Mapping[str, Told] = {
    "divergence": Told(
        more_than=0, meaning="diverged: the loss is no number, or rose for more than 3 epochs"
    ),
    "size": Told(more_than=0, meaning="ran out of memory, disk or time"),
    "data": Told(more_than=0, meaning="could not use its data"),
    "code": Told(
        more_than=0, meaning="failed in its own code or configuration, or for a reason nobody knows"
    ),
    "capacity": Told(more_than=2, meaning="got no machine: spot windows, capacity or quota"),
    "service": Told(more_than=2, meaning="failed inside AWS"),
}


def training_trouble(ground: Ground, opts: ResourceOptions) -> list[aws.cloudwatch.MetricAlarm]:
    """What attempts run into, as silent alarms: a run that fails by it tells of it itself."""
    families = [
        metric_alarm(
            f"training-{family}",
            f"An attempt at training {told.meaning}",
            own(ground, "FailedAttempts", "Sum", family=family),
            Limit(threshold=told.more_than, period_seconds=HOUR_SECONDS if told.more_than else 300),
            ground,
            opts,
            is_silent=True,
        )
        for family, told in FAMILIES.items()
    ]
    cap = metric_alarm(
        "training-cost-cap",
        "A candidate's ladder ended because another attempt could exceed training.maxCostUsd",
        own(ground, "CostCapReached", "Sum"),
        Limit(threshold=0),
        ground,
        opts,
        is_silent=True,
    )
    return [*families, cap]


def watch_gpus(ground: Ground, opts: ResourceOptions) -> None:
    """From the function that closes the stage: SageMaker's own metric adds up the GPUs of a host."""
    metric_alarm(
        "training-gpu-idle",
        f"A candidate used less than {GPU_LOW_PERCENT} % of a GPU on average: a smaller machine will do",
        own(ground, "GpuUtilizationPercent", "Minimum"),
        Limit(threshold=GPU_LOW_PERCENT, comparison="LessThanThreshold", is_event=True),
        ground,
        opts,
    )
    metric_alarm(
        "training-gpu-busy",
        f"A candidate used more than {GPU_HIGH_PERCENT} % of its GPUs on average: they hold it up",
        own(ground, "GpuUtilizationPercent", "Maximum"),
        Limit(threshold=GPU_HIGH_PERCENT, is_event=True),
        ground,
        opts,
    )


def own(ground: Ground, name: str, statistic: str, **dimensions: str) -> Metric:
    """A metric that the stage's functions publish."""
    return metrics.published(ground.metrics_namespace, name, statistic, {**SERVICE, **dimensions})


def uses_gpus(instance_types: Sequence[str]) -> bool:
    """Whether any of these has GPUs."""
    known = catalogue().instances
    return any(known[name].gpus for name in instance_types if name in known)
