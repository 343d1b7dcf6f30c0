"""Alarms that always notify: over one metric, or over a query where names are not known beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi_aws as aws
from pulumi import ResourceOptions

from components.blocks.ground import Ground
from components.blocks.metrics import Metric

Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """When an alarm goes off: `periods` times in a row. Missing data is fine unless `is_silence_bad`."""

    threshold: float
    comparison: Comparison = "GreaterThanThreshold"
    period_seconds: int = 300
    periods: int = 1
    is_silence_bad: bool = False

    @property
    def missing_data(self) -> str:
        """How CloudWatch treats periods without data."""
        return "breaching" if self.is_silence_bad else "notBreaching"


def metric_alarm(
    word: str, description: str, metric: Metric, limit: Limit, ground: Ground, opts: ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    """An alarm over one metric. A percentile such as `p99` is a statistic too."""
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
        alarm_actions=[ground.alerts_topic_arn],
        ok_actions=[ground.alerts_topic_arn],
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
        ok_actions=[ground.alerts_topic_arn],
        opts=opts,
    )
