"""Lists in pages: maxResults and nextToken as Step Functions answers them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from rehearsal.emulator.platform import ServiceError

DEFAULT_PAGE = 100


def page(name: str, rows: list[Any], request: dict[str, Any]) -> dict[str, Any]:
    """Return one page of rows under `name`, with a nextToken where more follow."""
    start = _offset(request.get("nextToken"))
    end = start + (request.get("maxResults") or DEFAULT_PAGE)
    answer: dict[str, Any] = {name: rows[start:end]}
    if end < len(rows):
        answer["nextToken"] = base64.urlsafe_b64encode(f"offset={end}".encode()).decode()
    return answer


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).removeprefix(b"offset="))
    except (ValueError, binascii.Error) as broken:
        raise ServiceError("InvalidToken", "Invalid Token: 'Invalid token'") from broken
