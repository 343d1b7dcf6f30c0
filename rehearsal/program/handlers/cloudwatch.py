"""Alarms and dashboards."""

from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import Created, creates
from rehearsal.program.inputs import Declared, Inputs

_ACTIONS = ("actionsEnabled", "alarmActions", "okActions", "insufficientDataActions", "alarmDescription")


@creates("aws:cloudwatch/metricAlarm:MetricAlarm")
def metric_alarm(declared: Declared, account: Account) -> Created:
    """An alarm on one metric or on metric math."""
    name = declared.physical_name(255)
    parameters = declared.to_aws(
        *_ACTIONS, "comparisonOperator", "datapointsToAlarm", "evaluationPeriods", "extendedStatistic",
        "metricName", "namespace", "period", "statistic", "threshold", "thresholdMetricId",
        "treatMissingData",
        "unit", evaluateLowSampleCountPercentiles="EvaluateLowSampleCountPercentile", okActions="OKActions",
    )  # fmt: skip
    if "dimensions" in declared:
        parameters["Dimensions"] = _dimensions(declared)
    queries = [_query(query) for query in declared.blocks("metricQueries")]
    if queries:
        parameters["Metrics"] = queries
    account.client("cloudwatch").put_metric_alarm(AlarmName=name, Tags=declared.tag_list(), **parameters)
    return Created(name, {"name": name, "arn": account.arn("cloudwatch", f"alarm:{name}")})


def _dimensions(inputs: Inputs) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in inputs.take("dimensions", {}).items()]


def _query(query: Inputs) -> dict[str, Any]:
    parameters = query.to_aws("id", "expression", "label", "returnData", "period", "accountId")
    metric = query.block("metric")
    if metric:
        name = metric.to_aws("metricName", "namespace") | {"Dimensions": _dimensions(metric)}
        parameters["MetricStat"] = {"Metric": name} | metric.to_aws("period", "stat", "unit")
    return parameters


@creates("aws:cloudwatch/compositeAlarm:CompositeAlarm")
def composite_alarm(declared: Declared, account: Account) -> Created:
    """An alarm over other alarms."""
    name = declared.physical_name(255, "alarmName")
    parameters = declared.to_aws(*_ACTIONS, "alarmRule", okActions="OKActions")
    suppressor = declared.block("actionsSuppressor")
    if suppressor:
        parameters |= suppressor.verbatim(
            alarm="ActionsSuppressor",
            extensionPeriod="ActionsSuppressorExtensionPeriod",
            waitPeriod="ActionsSuppressorWaitPeriod",
        )
    account.client("cloudwatch").put_composite_alarm(AlarmName=name, Tags=declared.tag_list(), **parameters)
    return Created(name, {"alarmName": name, "arn": account.arn("cloudwatch", f"alarm:{name}")})


@creates("aws:cloudwatch/dashboard:Dashboard")
def dashboard(declared: Declared, account: Account) -> Created:
    """A dashboard from its JSON."""
    name = declared.require("dashboardName")
    account.client("cloudwatch").put_dashboard(
        DashboardName=name, DashboardBody=declared.require("dashboardBody")
    )
    return Created(name, {"dashboardArn": f"arn:aws:cloudwatch::{account.place.account_id}:dashboard/{name}"})
