"""What a run of the program leaves behind: every registration, the stack's outputs, and what the rehearsal
can't show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Registration:
    """One resource as the program registered it.

    `inputs` and `outputs` are plain values in the provider's camelCase; `request` is the serialised
    RegisterResourceRequest, for the policy pack.
    """

    urn: str
    type: str
    name: str
    parent: str
    is_custom: bool
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    request: bytes = b""


@dataclass(frozen=True)
class DeclaredOnly:
    """A resource that the embedded AWS has no API for: checked against its declared inputs, not created."""

    urn: str
    reason: str


@dataclass(frozen=True)
class IgnoredProperty:
    """A property of a created resource that has no effect in the embedded AWS."""

    urn: str
    path: str
    reason: str


@dataclass(frozen=True)
class Progress:
    """One more resource is done; sent while a run goes on."""

    urn: str
    type: str
    name: str
    done: int
    seconds: float


@dataclass(frozen=True)
class Deployment:
    """A finished run; `outputs` are the stack's, secrets in the clear as `pulumi stack output --show-
    secrets`.
    """

    stack: str
    outputs: Mapping[str, Any]
    secret_outputs: frozenset[str]
    resources: tuple[Registration, ...]
    component_outputs: Mapping[str, Mapping[str, Any]]
    declared_only: tuple[DeclaredOnly, ...]
    ignored: tuple[IgnoredProperty, ...]
    messages: tuple[str, ...]
    seconds: float

    @property
    def requests(self) -> dict[str, bytes]:
        """The serialised registration requests by URN, in order of arrival."""
        return {resource.urn: resource.request for resource in self.resources}

    def of_type(self, resource_type: str) -> list[Registration]:
        """The registrations of one type token, such as `aws:sfn/stateMachine:StateMachine`."""
        return [resource for resource in self.resources if resource.type == resource_type]

    def named(self, resource_type: str, name: str) -> Registration:
        """The registration of a type and logical name; KeyError lists the names there are."""
        found = {resource.name: resource for resource in self.of_type(resource_type)}
        if name not in found:
            raise KeyError(
                f"no {resource_type} named {name!r}; there are {', '.join(sorted(found)) or 'none'}"
            )
        return found[name]
