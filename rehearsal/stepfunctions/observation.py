"""What executions leave behind for others to see: status events, metrics of AWS/States, and their logs."""

from __future__ import annotations

import json
import time
from typing import Any

from rehearsal.asl.execution import Execution
from rehearsal.emulator.platform import Platform
from rehearsal.stepfunctions.encryption import customer_key
from rehearsal.stepfunctions.store import MachineStore
from rehearsal.stepfunctions.views import event_without_data

SOURCE = "aws.states"
DETAIL_TYPE = "Step Functions Execution Status Change"
NAMESPACE = "AWS/States"
ENDED_METRICS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
FATAL_EVENTS = ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
ERROR_ENDINGS = ("Failed", "TimedOut", "Aborted")
EVENT_DATA_LIMIT_BYTES = 248 * 1024  # more than this is left out of status events


class Observer:
    """Listens to an engine's executions."""

    def __init__(self, platform: Platform, store: MachineStore) -> None:
        self._platform = platform
        self._store = store
        self._logged: dict[str, int] = {}  # events of each execution that are in its log already

    def on_status(self, execution: Execution) -> None:
        """Note a start or an end."""
        if execution.map_run_arn is not None:
            return  # the children of a map run are counted by their run
        self._measure(execution)
        if execution.type == "STANDARD":
            owner = self._store.machines.get(execution.machine_arn)
            is_encrypted = owner is not None and customer_key(owner.encryption) is not None
            detail = status_detail(execution, has_data=not is_encrypted)
            self._platform.put_event(SOURCE, DETAIL_TYPE, detail, [execution.arn])
        if not execution.is_running:
            self._log(execution)

    def on_step(self, execution: Execution, _location: str) -> None:
        """Log what happened before a state, a rule or a retry: an execution that waits can be read about."""
        self._log(execution)

    def _measure(self, execution: Execution) -> None:
        dimensions = {"StateMachineArn": execution.machine_arn}
        name = ENDED_METRICS.get(execution.status, "ExecutionsStarted")
        self._platform.put_metric(NAMESPACE, name, 1, dimensions, "Count")
        if execution.stop_date is not None:
            milliseconds = (execution.stop_date - execution.start_date) * 1000
            self._platform.put_metric(NAMESPACE, "ExecutionTime", milliseconds, dimensions, "Milliseconds")

    def _log(self, execution: Execution) -> None:
        owner = self._store.machines.get(execution.machine_arn)
        level = owner.logging.get("level", "OFF") if owner else "OFF"
        if owner is None or level == "OFF":
            return
        events = execution.events[self._logged.get(execution.arn, 0) :]
        self._logged[execution.arn] = len(execution.events)
        arn = owner.logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
        group = arn.removesuffix(":*").partition(":log-group:")[2]
        stream = f"states/{owner.machine.name}/{time.strftime('%Y-%m-%d-%H-%M', time.gmtime())}"
        shows_data = bool(owner.logging.get("includeExecutionData"))
        lines = [
            log_line(execution, event, shows_data=shows_data)
            for event in events
            if is_logged(event["type"], level)
        ]
        if lines:
            self._platform.log_lines(group, stream, lines)


def status_detail(execution: Execution, *, has_data: bool = True) -> dict[str, Any]:
    """Return the detail of a status change event; dates in epoch milliseconds.

    Data under a customer's key is left out: events are encrypted with AWS's own.
    """
    status, reason = execution.redrive_status
    detail: dict[str, Any] = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        "stateMachineVersionArn": execution.version_arn,
        "stateMachineAliasArn": execution.alias_arn,
        "redriveCount": execution.redrive_count,
        "redriveDate": _milliseconds(execution.redrive_date),
        "redriveStatus": status,
        "redriveStatusReason": reason,
        "error": execution.error if has_data else None,
        "cause": execution.cause if has_data else None,
    }
    for name, text in (("input", execution.input), ("output", execution.output)):
        is_included = has_data and len((text or "").encode()) <= EVENT_DATA_LIMIT_BYTES
        detail[name] = text if is_included else None
        detail[f"{name}Details"] = {"included": is_included} if text is not None else None
    return detail


def is_logged(event_type: str, level: str) -> bool:
    """Whether a log level takes this event."""
    if level == "ALL" or event_type in FATAL_EVENTS:
        return True
    return level == "ERROR" and (event_type.endswith(ERROR_ENDINGS) or event_type == "FailStateEntered")


def log_line(execution: Execution, event: dict[str, Any], *, shows_data: bool) -> str:
    """Return an event as Step Functions logs it: JSON with numbers as text.

    Without execution data, errors and their causes are logged all the same.
    """
    shown = event if shows_data else event_without_data(event)
    details: dict[str, Any] = next(
        (value for key, value in shown.items() if key.endswith("EventDetails")), {}
    )
    return json.dumps(
        {
            "id": str(event["id"]),
            "type": event["type"],
            "details": details,
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(_milliseconds(event["timestamp"])),
            "execution_arn": execution.arn,
            "redrive_count": str(execution.redrive_count),
        }
    )


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)
