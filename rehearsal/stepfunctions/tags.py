"""Tags of state machines and activities: their number, and the characters that AWS lets them have."""

from __future__ import annotations

import re
from typing import Any

from rehearsal.emulator.platform import ServiceError

MAX_TAGS = 50  # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
RESERVED = "aws:"
_FORBIDDEN = re.compile(
    r"[^\w\s.:/=+@-]"
)  # https://docs.aws.amazon.com/step-functions/latest/apireference/API_Tag.html


def tagged(given: list[dict[str, Any]] | None, present: dict[str, str] | None = None) -> dict[str, str]:
    """Return the tags present and those given, which win; raises ValidationException and TooManyTags."""
    tags = dict(present or {})
    for tag in given or []:
        key, value = tag.get("key", ""), tag.get("value", "")
        if key.lower().startswith(RESERVED):
            raise _invalid(f"Tag key '{key}' begins with {RESERVED}, which is reserved for AWS")
        if _FORBIDDEN.search(key + value):
            raise _invalid(
                f"Tag '{key}' may only have letters, digits, white space, or these symbols: _ . : / = + - @"
            )
        tags[key] = value
    if len(tags) > MAX_TAGS:
        raise ServiceError(
            "TooManyTags", f"A resource has at most {MAX_TAGS} tags, but this would have {len(tags)}"
        )
    return tags


def _invalid(reason: str) -> ServiceError:
    return ServiceError("ValidationException", reason)
