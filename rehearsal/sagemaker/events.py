"""The EventBridge events SageMaker emits, in the service's own spelling."""

from __future__ import annotations

import re
from typing import Any

from rehearsal.emulator.platform import Platform
from rehearsal.sagemaker.store import Record

SOURCE = "aws.sagemaker"
DETAIL_TYPES = {
    "TrainingJob": "SageMaker Training Job State Change",
    "ProcessingJob": "SageMaker Processing Job State Change",
    "TransformJob": "SageMaker Transform Job State Change",
    "HyperParameterTuningJob": "SageMaker HyperParameter Tuning Job State Change",
    "Endpoint": "SageMaker Endpoint State Change",
    "ModelPackage": "SageMaker Model Package State Change",
    "MonitoringSchedule": "SageMaker Monitoring Schedule State Change",
}
DEPLOYMENT = "SageMaker Endpoint Deployment State Change"


def emit(platform: Platform, record: Record, detail_type: str | None = None, **extra: Any) -> None:
    """Put the record's state on the bus: Describe with times in milliseconds and tags as a map."""
    detail = {**event_detail(record), **extra}
    platform.put_event(SOURCE, detail_type or DETAIL_TYPES[record.kind.name], detail, [record.arn])


def event_detail(record: Record) -> dict[str, Any]:
    """Return the event's detail; endpoint statuses are upper case in events (IN_SERVICE)."""
    detail: dict[str, Any] = milliseconds(record.snapshot())
    detail["Tags"] = dict(record.tags)
    if record.kind.name == "Endpoint":
        status = detail.get("EndpointStatus", "")
        detail["EndpointStatus"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()
    return detail


def milliseconds(value: Any, name: str = "") -> Any:
    """Spell every time of a Describe response as epoch milliseconds."""
    if isinstance(value, dict):
        return {key: milliseconds(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [milliseconds(item, name) for item in value]
    if isinstance(value, float) and (name.endswith("Time") or name == "Timestamp"):
        return int(value * 1000)
    return value
