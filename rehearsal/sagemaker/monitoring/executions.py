"""The executions of monitoring schedules: kept in order, filtered, sorted and paged as AWS lists them."""

from __future__ import annotations

import threading
from typing import Any

from rehearsal.sagemaker.store import paged, within

FILTERS = {
    "MonitoringScheduleName": "MonitoringScheduleName",
    "EndpointName": "EndpointName",
    "StatusEquals": "MonitoringExecutionStatus",
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}
TIMES = ("ScheduledTime", "CreationTime", "LastModifiedTime")


class Executions:
    """All executions of the account."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def add(self, execution: dict[str, Any]) -> None:
        """Keep an execution; whoever runs it goes on changing it."""
        with self._lock:
            self._rows.append(execution)

    def page(self, request: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """Return one page and the next token; the newest come first unless another order is asked for."""
        with self._lock:
            rows = [dict(row) for row in self._rows if _wanted(row, request)]
        by = request.get("SortBy", "CreationTime")
        rows.sort(key=lambda row: row["MonitoringExecutionStatus" if by == "Status" else by])
        if request.get("SortOrder", "Descending") == "Descending":
            rows.reverse()
        return paged(rows, request)


def _wanted(row: dict[str, Any], request: dict[str, Any]) -> bool:
    named = all(request.get(field) in (None, row.get(shown)) for field, shown in FILTERS.items())
    return named and all(within(row[time], request, time) for time in TIMES)
