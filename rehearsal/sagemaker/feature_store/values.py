"""What a value of a feature may be: its type, its moment, its size, by the service's quotas and formats."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from rehearsal.emulator.platform import ServiceError

# docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
MAX_RECORD_BYTES = 350 * 1024
MAX_IDENTIFIER_BYTES = 2 * 1024
INTEGRAL = re.compile(r"[+-]?\d{1,19}")
SMALLEST, LARGEST = -(2**63), 2**63 - 1
MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")
CODE = "ValidationError"


def require_value(name: str, kind: str, text: str) -> None:
    """Raise ServiceError where a text is no value of the feature's type."""
    if kind == "Integral":
        is_valid = bool(INTEGRAL.fullmatch(text)) and SMALLEST <= int(text) <= LARGEST
    elif kind == "Fractional":
        is_valid = _is_finite(text)
    else:
        is_valid = True
    if not is_valid:
        raise ServiceError(
            CODE, f"Failed to parse feature value of '{text[:80]}' to type {kind} for feature {name}"
        )


def moment_of(name: str, kind: str, text: str) -> float:
    """The event time in seconds since 1970: an ISO 8601 text in UTC, or a Fractional number of seconds."""
    try:
        if kind == "String":
            return _iso(text)
        moment = float(text)
        datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError):
        raise ServiceError(
            CODE,
            f"EventTime '{text[:80]}' of feature {name} is not in the format yyyy-MM-dd'T'HH:mm:ssZ or "
            "yyyy-MM-dd'T'HH:mm:ss.SSSZ (String), or seconds since 1970 (Fractional)",
        ) from None
    return moment


def _iso(text: str) -> float:
    match = MOMENT.fullmatch(text)
    if not match:
        raise ValueError(text)
    *parts, fraction = match.groups()
    year, month, day, hour, minute, second = map(int, parts)
    whole = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return whole.timestamp() + (float(f"0.{fraction}") if fraction else 0.0)


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
