"""Alarms that always notify: over one metric, or over a query where names are not known beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.blocks.ground import Ground
from components.blocks.metrics import Metric

SUPPRESSOR_SECONDS = 600
Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """When an alarm goes off: `periods` times in a row. Missing data is fine unless `is_silence_bad`.

    That an `is_event` is over is no news: only a state that ended is told.
    """

    threshold: float
    comparison: Comparison = "GreaterThanThreshold"
    period_seconds: int = 300
    periods: int = 1
    is_silence_bad: bool = False
    is_event: bool = False

    @property
    def missing_data(self) -> str:
        """How CloudWatch treats periods without data."""
        return "breaching" if self.is_silence_bad else "notBreaching"

    def ok_actions(self, ground: Ground) -> list[Input[str]]:
        """Who hears that it is over."""
        return [] if self.is_event else [ground.alerts_topic_arn]


def metric_alarm(
    word: str,
    description: str,
    metric: Metric,
    limit: Limit,
    ground: Ground,
    opts: ResourceOptions,
    *,
    is_silent: bool = False,
) -> aws.cloudwatch.MetricAlarm:
    """An alarm over one metric. A percentile such as `p99` is a statistic too.

    A silent one is a condition for `alarm_unless`.
    """
    is_percentile = metric.statistic.startswith("p")
    return aws.cloudwatch.MetricAlarm(
        word,
        name=ground.physical_name(word),
        alarm_description=description,
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        statistic=None if is_percentile else metric.statistic,
        extended_statistic=metric.statistic if is_percentile else None,
        period=limit.period_seconds,
        evaluation_periods=limit.periods,
        threshold=limit.threshold,
        comparison_operator=limit.comparison,
        treat_missing_data=limit.missing_data,
        alarm_actions=[] if is_silent else [ground.alerts_topic_arn],
        ok_actions=[] if is_silent else limit.ok_actions(ground),
        opts=opts,
    )


def alarm_unless(
    word: str,
    description: str,
    conditions: Sequence[aws.cloudwatch.MetricAlarm],
    suppressor: aws.cloudwatch.MetricAlarm,
    ground: Ground,
    opts: ResourceOptions,
) -> aws.cloudwatch.CompositeAlarm:
    """Goes off with any of the conditions; tells nobody when the suppressor goes off around the same time.

    Both periods cover that metrics of one moment arrive in different minutes.
    """
    return aws.cloudwatch.CompositeAlarm(
        word,
        alarm_name=ground.physical_name(word),
        alarm_description=description,
        alarm_rule=Output.all(*[one.name for one in conditions]).apply(
            lambda names: " OR ".join(f'ALARM("{name}")' for name in names)
        ),
        alarm_actions=[ground.alerts_topic_arn],
        actions_suppressor={
            "alarm": suppressor.name,
            "wait_period": SUPPRESSOR_SECONDS,
            "extension_period": SUPPRESSOR_SECONDS,
        },
        opts=opts,
    )


def query_alarm(
    word: str, description: str, query: str, limit: Limit, ground: Ground, opts: ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    """An alarm over a Metrics Insights query; CloudWatch looks at the last three hours at most."""
    return aws.cloudwatch.MetricAlarm(
        word,
        name=ground.physical_name(word),
        alarm_description=description,
        metric_queries=[
            {"id": "worst", "expression": query, "period": limit.period_seconds, "return_data": True}
        ],
        evaluation_periods=limit.periods,
        threshold=limit.threshold,
        comparison_operator=limit.comparison,
        treat_missing_data=limit.missing_data,
        alarm_actions=[ground.alerts_topic_arn],
        ok_actions=limit.ok_actions(ground),
        opts=opts,
    )
