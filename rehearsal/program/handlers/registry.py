"""The table from resource type to handler, and what a handler gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.program.account import Account
from rehearsal.program.inputs import Declared

# Reasons for properties without effect that several handlers share.
ON_DESTROY = "matters only when the resource is destroyed"


@dataclass(frozen=True)
class Created:
    """The resource's id, and the properties that AWS computed for it.

    `declared_only` says why the resource exists in the program alone, where the embedded AWS has no such API.
    """

    id: str
    outputs: Mapping[str, Any] = field(default_factory=dict)
    declared_only: str | None = None


Handler = Callable[[Declared, Account], Created]
_handlers: dict[str, Handler] = {}


def creates(resource_type: str) -> Callable[[Handler], Handler]:
    """Register a function as the one that creates resources of this type token."""

    def register(handler: Handler) -> Handler:
        if resource_type in _handlers:
            raise ValueError(f"{resource_type} has two handlers")
        _handlers[resource_type] = handler
        return handler

    return register


def handlers() -> Mapping[str, Handler]:
    """What has been registered so far."""
    return _handlers
