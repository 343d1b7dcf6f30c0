"""Reads whatever asks for a run (a person, the schedule, an alarm, a function) as a context and an identity.
The same event always has the same identity, so that delivering it twice starts one run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.failures import ContextRejected
from contracts.run import RunContext, Trigger

ALARM_DETAIL = "CloudWatch Alarm State Change"
DRIFT_ALARM = re.compile(r"(^|-)drift(-|$)")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A context with the identity of the event that carries it."""

    context: RunContext
    identity: str

    @property
    def run_id(self) -> str:
        """The execution's name: says what started it, and is the same for the same event."""
        digest = hashlib.sha256(f"{self.context.trigger}/{self.identity}".encode()).hexdigest()
        return f"{self.context.trigger.value.replace('_', '-')}-{digest[:16]}"


def read(event: Mapping[str, Any], invocation_id: str) -> Request:
    """The request in an event: an EventBridge alarm, `{"context", "identity"}`, or a bare context.

    A bare context's identity is the invocation's id, which Lambda keeps over its own retries.
    """
    if event.get("detail-type") == ALARM_DETAIL:
        return Request(context=_of_alarm(event["detail"]), identity=str(event["id"]))
    if "detail-type" in event:
        raise ContextRejected.about(
            "event.detail-type", event["detail-type"], f"only {ALARM_DETAIL} starts a run"
        )
    if set(event) == {"context", "identity"}:
        return Request(context=RunContext.from_dict(event["context"]), identity=str(event["identity"]))
    return Request(context=RunContext.from_dict(dict(event)), identity=invocation_id)


def _of_alarm(detail: Mapping[str, Any]) -> RunContext:
    name, state = str(detail["alarmName"]), detail["state"]
    if state["value"] != "ALARM":
        raise ContextRejected.about("event.detail.state.value", state["value"], "only ALARM starts a run")
    return RunContext(
        trigger=Trigger.DRIFT if DRIFT_ALARM.search(name) else Trigger.DEGRADATION,
        reason=f"alarm {name}: {state.get('reason', 'no reason given')}"[:500],
        requested_by=f"alarm/{name}"[:256],
    )
