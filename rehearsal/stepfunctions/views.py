"""Executions as the API's answers show them."""

from __future__ import annotations

import math

from rehearsal.asl.execution import Execution
from rehearsal.stepfunctions.operations import Request

BILLED_MEMORY_MB = 64
BILLED_STEP_MS = 100
DATA_FIELDS = ("input", "inputDetails", "output", "outputDetails", "parameters")  # not errors and causes


def description(execution: Execution) -> Request:
    """Return the answer of DescribeExecution."""
    status, reason = execution.redrive_status
    answer = {
        **row(execution),
        "inputDetails": {"included": True},
        "redriveStatus": status,
        **_outcome(execution),
    }
    if reason is not None:
        answer["redriveStatusReason"] = reason
    if execution.output is not None:
        answer["outputDetails"] = {"included": True}
    return answer


def sync_answer(execution: Execution) -> Request:
    """Return the answer of StartSyncExecution for an execution that has ended."""
    stop_date = execution.stop_date or execution.start_date
    duration_ms = (stop_date - execution.start_date) * 1000
    return {
        "executionArn": execution.arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "stopDate": stop_date,
        "status": execution.status,
        "inputDetails": {"included": True},
        "outputDetails": {"included": True},
        "billingDetails": {
            "billedMemoryUsedInMB": BILLED_MEMORY_MB,
            "billedDurationInMilliseconds": math.ceil(duration_ms / BILLED_STEP_MS) * BILLED_STEP_MS,
        },
        **_outcome(execution),
    }


def _outcome(execution: Execution) -> Request:
    outcome = {
        "input": execution.input,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
    }
    return {key: value for key, value in outcome.items() if value is not None}


def row(execution: Execution) -> Request:
    """Return an execution as ListExecutions shows it."""
    row = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "mapRunArn": execution.map_run_arn,
        "stateMachineVersionArn": execution.version_arn,
        "stateMachineAliasArn": execution.alias_arn,
        "redriveCount": execution.redrive_count,
        "redriveDate": execution.redrive_date,
    }
    return {key: value for key, value in row.items() if value is not None}


def without_data(answer: Request) -> Request:
    """Return an answer for includedData=METADATA_ONLY."""
    kept = {key: value for key, value in answer.items() if key not in ("input", "output", "error", "cause")}
    hidden = {key: {"included": False} for key in ("inputDetails", "outputDetails") if key in kept}
    return kept | hidden


def event_without_data(event: Request) -> Request:
    """Return a history event for includeExecutionData=false."""
    return {
        key: {name: item for name, item in value.items() if name not in DATA_FIELDS}
        if isinstance(value, dict)
        else value
        for key, value in event.items()
    }
