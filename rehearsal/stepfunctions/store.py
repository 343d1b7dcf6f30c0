"""The state machines of the account, with their versions and aliases, and how ARNs lead to them."""

from __future__ import annotations

import random
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from rehearsal.asl.execution import Machine
from rehearsal.emulator.platform import ServiceError

INITIAL_REVISION = "INITIAL"  # how AWS calls the one before the first update
_MACHINE_ARN = re.compile(
    r"(?P<base>arn:aws[\w-]*:states:[\w-]+:\d{12}:stateMachine:[^:/]+)(/[^:]+)?(:(?P<qualifier>[^:]+))?"
)


@dataclass
class Version:
    """A published version: a machine as it was."""

    arn: str
    number: int
    machine: Machine
    description: str | None
    revision_id: str
    creation_date: float


@dataclass
class Alias:
    """A name for one version, or two by weight; routing as [{stateMachineVersionArn, weight}]."""

    arn: str
    name: str
    routing: list[dict[str, Any]]
    description: str | None
    creation_date: float
    update_date: float


@dataclass
class StateMachine:
    """A state machine; `machine` is its newest revision. Configurations are kept as they were given."""

    machine: Machine
    creation_date: float
    update_date: float
    logging: dict[str, Any]
    tracing: dict[str, Any]
    encryption: dict[str, Any]
    tags: dict[str, str]
    published_as: tuple[bool, str | None] = (
        False,
        None,
    )  # publish and versionDescription, when it was created
    revision_id: str | None = None  # AWS has none before the first update
    versions: dict[int, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    next_version: int = 1

    @property
    def arn(self) -> str:
        """The ARN without version or alias."""
        return self.machine.arn

    def revise(self, definition: str, role_arn: str, now: float, **configuration: dict[str, Any]) -> None:
        """Make a new revision where anything changes; running executions keep theirs."""
        current = self.machine
        revised = Machine(current.arn, current.name, role_arn, definition, current.type)
        self.update_date = now
        if revised == current and all(getattr(self, name) == new for name, new in configuration.items()):
            return
        self.machine = revised
        self.revision_id = str(uuid.uuid4())
        for name, new in configuration.items():
            setattr(self, name, new)

    def publish(self, description: str | None, now: float) -> Version:
        """Publish the newest revision; the same revision isn't published twice."""
        revision_id = self.revision_id or INITIAL_REVISION
        for version in self.versions.values():
            if version.revision_id == revision_id:
                return version
        number, self.next_version = self.next_version, self.next_version + 1
        arn = f"{self.arn}:{number}"
        version = Version(arn, number, self.machine, description, revision_id, now)
        self.versions[number] = version
        return version


@dataclass(frozen=True)
class Resolved:
    """What an ARN leads to: the state machine, the revision to run, and the version and alias it went by."""

    owner: StateMachine
    machine: Machine
    version: Version | None = None
    alias_arn: str | None = None

    @property
    def version_arn(self) -> str | None:
        """The ARN of the version, if it led to one."""
        return self.version.arn if self.version else None


class MachineStore:
    """All state machines, by ARN."""

    def __init__(self) -> None:
        self.machines: dict[str, StateMachine] = {}

    def require(self, arn: str) -> StateMachine:
        """Return a state machine by its unqualified ARN; raises ServiceError."""
        resolved = self.resolve(arn)
        if resolved.version is not None:
            raise _missing(arn)
        return resolved.owner

    def resolve(self, arn: str) -> Resolved:
        """Return what an ARN, qualified or not, leads to; an alias picks a version by weight."""
        matched = _MACHINE_ARN.fullmatch(arn)
        if matched is None:
            raise ServiceError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
        owner = self.machines.get(matched["base"])
        if owner is None:
            raise _missing(arn)
        qualifier = matched["qualifier"]
        if qualifier is None:
            return Resolved(owner, owner.machine)
        if qualifier in owner.aliases:
            alias = owner.aliases[qualifier]
            version = self._version(_routed(alias))
            return Resolved(owner, version.machine, version, alias.arn)
        return Resolved(owner, (version := self._version(arn)).machine, version)

    def _version(self, arn: str) -> Version:
        base, _, number = arn.rpartition(":")
        owner = self.machines.get(base)
        if owner is None or not number.isdecimal() or int(number) not in owner.versions:
            raise _missing(arn)
        return owner.versions[int(number)]


def _routed(alias: Alias) -> str:
    weights = [route["weight"] for route in alias.routing]
    arns = [str(route["stateMachineVersionArn"]) for route in alias.routing]
    return random.choices(arns, weights)[0]  # noqa: S311 - a traffic split


def _missing(arn: str) -> ServiceError:
    return ServiceError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
