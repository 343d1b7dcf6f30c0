"""Algorithm metrics: the job's regular expressions applied to its log, as SageMaker does."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

from rehearsal.emulator.platform import Platform, ServiceError

NAMESPACE = "/aws/sagemaker/TrainingJobs"


class Metrics:
    """Feeds on log lines; keeps the last value of each metric and sends every value to CloudWatch."""

    def __init__(
        self,
        definitions: list[dict[str, str]],
        platform: Platform,
        job_name: str,
        *,
        is_permitted: bool = True,
    ) -> None:
        self._patterns = [(item["Name"], compiled(item)) for item in definitions]
        self._platform = platform
        self._job_name = job_name
        self._is_permitted = is_permitted
        self._last: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def read(self, line: str) -> None:
        """Take the metrics out of one log line; text that is no number is passed over."""
        for name, pattern in self._patterns:
            match = pattern.search(line)
            value = _number(match.group(1)) if match else None
            if value is None:
                continue
            with self._lock:
                self._last[name] = {"MetricName": name, "Value": value, "Timestamp": time.time()}
            if self._is_permitted:
                self._platform.put_metric(NAMESPACE, name, value, {"TrainingJobName": self._job_name})

    def final(self) -> list[dict[str, Any]]:
        """Return FinalMetricDataList: the last value of each metric seen."""
        with self._lock:
            return list(self._last.values())


def compiled(definition: dict[str, str]) -> re.Pattern[str]:
    """Compile a metric's expression; one that can't capture a value is a ServiceError ValidationException."""
    try:
        pattern = re.compile(definition["Regex"])
    except re.error as error:
        raise ServiceError(
            "ValidationException", f"MetricDefinitions {definition['Name']}: invalid Regex: {error}"
        ) from error
    if pattern.groups < 1:
        raise ServiceError(
            "ValidationException",
            f"MetricDefinitions {definition['Name']}: Regex needs a group for the value.",
        )
    return pattern


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if value == value and abs(value) != float("inf") else None
