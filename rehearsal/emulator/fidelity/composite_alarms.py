"""Composite alarms whose actions another alarm suppresses, which ministack takes for ordinary ones.

As CloudWatch documents it: a composite alarm that goes off waits up to its wait period for the suppressor;
while that is in ALARM nobody is told; after it has left, the extension period passes before somebody is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator import hooks

Alarm = dict[str, Any]
Tell = Callable[[Alarm, str, str, str], None]


@dataclass
class Held:
    """The actions of a composite alarm that wait; times in epoch seconds."""

    alarm: Alarm
    old_state: str
    reason: str
    since: float
    was_suppressed: bool = False
    released_at: float | None = None


# By the name of the composite alarm.
suppressors: dict[str, dict[str, Any]] = {}
held: dict[str, Held] = {}


def install() -> None:
    """Keep who suppresses a composite alarm when it is put."""
    put = hooks.use("services.cloudwatch:_put_composite_alarm")

    def put_with_suppressor(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        given = data or {}
        name = given.get("AlarmName", "")
        suppressors.pop(name, None)
        if given.get("ActionsSuppressor"):
            suppressors[name] = given
        return put(params, data, is_cbor, is_json)

    hooks.replace("services.cloudwatch:_put_composite_alarm", put_with_suppressor)


def is_held(alarm: Alarm, old_state: str, new_state: str, reason: str) -> bool:
    """Whether the actions of this change wait for a suppressor; `tell_held` has them later."""
    name = alarm["AlarmName"]
    if name not in suppressors:
        return False
    held.pop(name, None)
    if new_state == "ALARM":
        held[name] = Held(alarm, old_state, reason, time.time())
    return new_state == "ALARM"


def tell_held(tell: Tell, now: float) -> None:
    """Tell of alarms whose suppressor didn't come in time, or has gone for long enough."""
    for name, one in list(held.items()):
        settings = suppressors[name]
        if is_due(one, _is_suppressing(settings["ActionsSuppressor"]), settings, now):
            del held[name]
            tell(one.alarm, one.old_state, "ALARM", one.reason)


def is_due(one: Held, is_suppressing: bool, settings: dict[str, Any], now: float) -> bool:
    """Whether somebody has to be told by now."""
    if is_suppressing:
        one.was_suppressed, one.released_at = True, None
        return False
    if not one.was_suppressed:
        return now - one.since >= float(settings.get("ActionsSuppressorWaitPeriod", 0))
    one.released_at = one.released_at or now
    return now - one.released_at >= float(settings.get("ActionsSuppressorExtensionPeriod", 0))


def _is_suppressing(name: str) -> bool:
    alarm = hooks.use("services.cloudwatch:_alarms").get(name.rsplit(":alarm:", 1)[-1])
    return alarm is not None and alarm["StateValue"] == "ALARM"
