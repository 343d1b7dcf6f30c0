"""boto3's paginators over operations whose whole answer fits on one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


class Paginator:
    """One page of an operation."""

    def __init__(self, page: Callable[..., dict[str, Any]]) -> None:
        self._page = page

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Yield it."""
        yield self._page(**arguments)


class Paginated:
    """A client whose operations can be paged through."""

    def get_paginator(self, operation: str) -> Paginator:
        """The paginator of an operation."""
        return Paginator(getattr(self, operation))
