"""Lists in pages: maxResults and nextToken as Step Functions answers them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from rehearsal.emulator.platform import ServiceError

DEFAULT_PAGE = 100
PAGING = ("maxResults", "nextToken")


def page(name: str, rows: list[Any], request: dict[str, Any]) -> dict[str, Any]:
    """Return one page of rows under `name`, with a nextToken where more follow.

    A token is good for that list with the same other arguments only; raises InvalidToken.
    """
    scope = _scope(name, request)
    start = _offset(request.get("nextToken"), scope)
    end = start + (request.get("maxResults") or DEFAULT_PAGE)
    answer: dict[str, Any] = {name: rows[start:end]}
    if end < len(rows):
        answer["nextToken"] = base64.urlsafe_b64encode(f"{scope}={end}".encode()).decode()
    return answer


def _scope(name: str, request: dict[str, Any]) -> str:
    arguments = {field: value for field, value in request.items() if field not in PAGING}
    return hashlib.sha256(json.dumps([name, arguments], sort_keys=True).encode()).hexdigest()


def _offset(token: str | None, scope: str) -> int:
    if token is None:
        return 0
    try:
        given, _, offset = base64.urlsafe_b64decode(token).decode().partition("=")
        if given == scope:
            return int(offset)
    except (ValueError, binascii.Error):
        pass
    raise ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
