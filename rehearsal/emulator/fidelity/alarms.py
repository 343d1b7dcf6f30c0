"""Alarms look at their own dimensions, periods and missing data, and announce their changes on EventBridge.

ministack mixes all dimensions of a metric and tells SNS only.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.embedded import EmbeddedPlatform
from rehearsal.emulator.fidelity import composite_alarms
from rehearsal.emulator.fidelity.alarm_actions import permitted
from rehearsal.emulator.fidelity.alarm_queries import queries

log = logging.getLogger(__name__)

# CloudWatch evaluates once a minute; a rehearsal shouldn't wait for that.
EVALUATION_INTERVAL_SECONDS = 1.0
# SetAlarmState lasts until the next evaluation, so about as long as on AWS.
FORCED_STATE_SECONDS = 20.0
EVALUATED = "Threshold Crossed:"

Alarm = dict[str, Any]
BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def install(platform: EmbeddedPlatform) -> None:
    """Replace the evaluation, add the events and evaluate all alarms regularly."""
    dispatch = hooks.use("services.cloudwatch:_dispatch_alarm_actions")

    def tell(alarm: Alarm, old_state: str, new_state: str, reason: str) -> None:
        dispatch(permitted(platform, alarm, new_state), old_state, new_state, reason)

    def dispatch_and_announce(alarm: Alarm, old_state: str, new_state: str, reason: str) -> None:
        detail = _state_change(alarm, old_state, new_state, reason)
        platform.put_event(
            "aws.cloudwatch", "CloudWatch Alarm State Change", detail, [alarm.get("AlarmArn", "")]
        )
        if not composite_alarms.is_held(alarm, old_state, new_state, reason):
            tell(alarm, old_state, new_state, reason)

    hooks.replace("services.cloudwatch:_dispatch_alarm_actions", dispatch_and_announce)
    hooks.replace("services.cloudwatch:_evaluate_alarm", evaluate)
    threading.Thread(target=_evaluate_regularly, args=(tell,), name="alarm-evaluation", daemon=True).start()


def evaluate(alarm: Alarm) -> None:
    """Bring one alarm's state up to date and act on a change."""
    is_watching = alarm.get("MetricName") or alarm["AlarmName"] in queries
    if not is_watching or alarm.get("ComparisonOperator") not in BREACHES:
        return
    if _is_held(alarm, time.time()):
        return
    old_state = alarm["StateValue"]
    breaching = breaching_periods(alarm, time.time())
    new_state = state_of(alarm, breaching)
    if new_state == old_state:
        return
    count = sum(1 for breaches in breaching if breaches)
    reason = f"{EVALUATED} {count} of {len(breaching)} datapoints breach {alarm.get('Threshold')}"
    alarm.update(StateValue=new_state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    hooks.use("services.cloudwatch:_record_history")(alarm["AlarmName"], old_state, new_state, reason)
    hooks.use("services.cloudwatch:_dispatch_alarm_actions")(alarm, old_state, new_state, reason)
    hooks.use("services.cloudwatch:_evaluate_parent_alarms")(alarm)


def breaching_periods(alarm: Alarm, now: float) -> list[bool | None]:
    """Return for each evaluation period, newest first, whether it breaches; None where data is missing."""
    query = queries.get(alarm["AlarmName"])
    points = query.points() if query else _points(alarm)
    period_seconds = query.period_seconds if query else alarm.get("Period", 60)
    breaches = BREACHES[alarm["ComparisonOperator"]]
    result: list[bool | None] = []
    for index in range(alarm.get("EvaluationPeriods", 1)):
        end = now - period_seconds * index
        start = end - period_seconds
        value = _statistic(alarm, [p for p in points if start < p["Timestamp"] <= end])
        missing = {"breaching": True, "notBreaching": False}.get(alarm.get("TreatMissingData", "missing"))
        result.append(missing if value is None else breaches(value, alarm.get("Threshold", 0)))
    return result


def state_of(alarm: Alarm, breaching: list[bool | None]) -> str:
    """Return the state that these periods mean for the alarm: M breaching out of N."""
    if all(breaches is None for breaches in breaching):
        ignores = alarm.get("TreatMissingData") == "ignore"
        return str(alarm["StateValue"]) if ignores else "INSUFFICIENT_DATA"
    needed = alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods", 1)
    return "ALARM" if sum(1 for breaches in breaching if breaches) >= needed else "OK"


def _is_held(alarm: Alarm, now: float) -> bool:
    """Whether the state was set by hand, by SetAlarmState, a short while ago."""
    is_forced = not alarm.get("StateReason", "").startswith((EVALUATED, "Unchecked:"))
    return is_forced and now - alarm.get("StateUpdatedTimestamp", 0) < FORCED_STATE_SECONDS


def _points(alarm: Alarm) -> list[dict[str, Any]]:
    dimensions = hooks.use("services.cloudwatch:_dims_key")(_dimensions(alarm))
    key = (alarm["Namespace"], alarm["MetricName"], dimensions)
    return list(hooks.use("services.cloudwatch:_metrics").get(key) or [])


def _dimensions(alarm: Alarm) -> dict[str, str]:
    found = alarm.get("Dimensions") or {}
    if isinstance(found, dict):
        return found
    dimensions: dict[str, str] = hooks.use("services.cloudwatch:_dims_from_list")(found)
    return dimensions


def _statistic(alarm: Alarm, points: list[dict[str, Any]]) -> float | None:
    if not points:
        return None
    query = queries.get(alarm["AlarmName"])
    name = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
    name = query.statistic if query else name
    stats = hooks.use("services.cloudwatch:_calc_stats")(points)
    value: float | None = hooks.use("services.cloudwatch:_stat_value")(stats, name, points)
    return value


def _state_change(alarm: Alarm, old_state: str, new_state: str, reason: str) -> dict[str, Any]:
    metric = {
        "namespace": alarm.get("Namespace"),
        "name": alarm.get("MetricName"),
        "dimensions": _dimensions(alarm),
    }
    return {
        "alarmName": alarm["AlarmName"],
        "state": {"value": new_state, "reason": reason},
        "previousState": {"value": old_state},
        "configuration": {"metrics": [{"metricStat": {"metric": metric, "period": alarm.get("Period")}}]},
    }


def _evaluate_regularly(tell: composite_alarms.Tell) -> None:
    while True:
        threading.Event().wait(EVALUATION_INTERVAL_SECONDS)
        try:
            hooks.use("services.cloudwatch:_evaluate_all_alarms")()
            composite_alarms.tell_held(tell, time.time())
        except RuntimeError:  # the collection changed while we looked: next time
            log.debug("alarms changed during their evaluation")
