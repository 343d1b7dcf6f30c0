"""The shape of an API operation: a request and who asks, answered at once or after a wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Request = dict[str, Any]
# (request, access key of the caller) -> response; raises ServiceError.
Operation = Callable[[Request, str | None], Request | Awaitable[Request]]
