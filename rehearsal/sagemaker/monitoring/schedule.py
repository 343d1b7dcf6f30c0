"""When a monitoring schedule runs and over which data: the expressions AWS takes, and the window of NOW.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from rehearsal.emulator.platform import ServiceError

NOW = "NOW"
# the second spelling of "any day" isn't documented, but accepted: AWS's own controller tests use it
CRON = re.compile(r"cron\(0 (?:\*|(\d{1,2})(?:/(\d{1,2}))?) (?:\? \* \*|\* \* \?) \*\)")
OFFSET = re.compile(r"-?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
DAY = timedelta(hours=24)


def check_schedule(config: dict[str, Any]) -> None:
    """Raise ServiceError ValidationException for a ScheduleConfig AWS would refuse; none means once a day."""
    expression = config.get("ScheduleExpression")
    if expression is None:
        return
    if expression != NOW:
        _check_expression(expression)
        return
    offsets = [config.get(field) for field in ("DataAnalysisStartTime", "DataAnalysisEndTime")]
    if None in offsets:
        _refuse("DataAnalysisStartTime and DataAnalysisEndTime are required with ScheduleExpression NOW.")
    start, end = (_offset(str(offset)) for offset in offsets)
    if not timedelta() <= end - start <= DAY:
        _refuse(
            f"DataAnalysisStartTime {offsets[0]} must precede DataAnalysisEndTime {offsets[1]}, "
            "by 24 hours at most."
        )


def _check_expression(expression: str) -> None:
    match = CRON.fullmatch(expression)
    hour, step = (int(part or 1) for part in match.groups()) if match else (24, 0)
    if hour > 23 or not 1 <= step <= 24:
        _refuse(
            f"ScheduleExpression {expression!r} must be NOW, cron(0 * ? * * *), cron(0 [00-23] ? * * *) or "
            "cron(0 [00-23]/[01-24] ? * * *)."
        )


def window(config: dict[str, Any], now: datetime) -> dict[str, str]:
    """Return the start and end of a run's data as the analyzer reads them: by default an hour."""
    start = _offset(config.get("DataAnalysisStartTime") or "-PT1H")
    end = _offset(config.get("DataAnalysisEndTime") or "-PT0H")
    return {"start_time": _spelled(now + start), "end_time": _spelled(now + end)}


def _offset(text: str) -> timedelta:
    match = OFFSET.fullmatch(text)
    if match is None:
        _refuse(f"{text!r} is no duration: write an offset before the run as -PT5H.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if text.startswith("-") else length


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refuse(message: str) -> NoReturn:
    raise ServiceError("ValidationException", f"ScheduleConfig: {message}")
