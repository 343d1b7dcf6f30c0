"""The EventBridge events SageMaker emits, in the service's own spelling."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rehearsal.emulator.platform import Platform
from rehearsal.sagemaker.store import Record

SOURCE = "aws.sagemaker"
DETAIL_TYPES = {
    "TrainingJob": "SageMaker Training Job State Change",
    "ProcessingJob": "SageMaker Processing Job State Change",
    "TransformJob": "SageMaker Transform Job State Change",
    "HyperParameterTuningJob": "SageMaker HyperParameter Tuning Job State Change",
    "Model": "SageMaker Model State Change",
    "Endpoint": "SageMaker Endpoint State Change",
    "FeatureGroup": "SageMaker Feature Group State Change",
    "ModelPackage": "SageMaker Model Package State Change",
    "MonitoringSchedule": "SageMaker Monitoring Schedule State Change",
}
DEPLOYMENT = "SageMaker Endpoint Deployment State Change"


def emit(platform: Platform, record: Record, detail_type: str | None = None, **extra: Any) -> None:
    """Put the record's state on the bus: Describe with times in milliseconds and tags as a map.

    The detail types, and model packages' other spelling of times:
    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    detail = {**event_detail(record), **extra}
    platform.put_event(SOURCE, detail_type or DETAIL_TYPES[record.kind.name], detail, [record.arn])


def event_detail(record: Record) -> dict[str, Any]:
    """Return the event's detail; endpoint statuses are upper case in events (IN_SERVICE)."""
    spell = _timestamp if record.kind.name == "ModelPackage" else _milliseconds
    detail: dict[str, Any] = _with_times(record.snapshot(), spell)
    detail["Tags"] = dict(record.tags)
    if record.kind.name == "Endpoint":
        status = detail.get("EndpointStatus", "")
        detail["EndpointStatus"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", status).upper()
    return detail


def _with_times(value: Any, spell: Callable[[float], Any], name: str = "") -> Any:
    """Spell every time of a Describe response."""
    if isinstance(value, dict):
        return {key: _with_times(item, spell, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_times(item, spell, name) for item in value]
    if isinstance(value, float) and (name.endswith("Time") or name == "Timestamp"):
        return spell(value)
    return value


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
