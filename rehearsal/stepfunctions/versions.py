"""The API of versions, aliases and tags of state machines."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.ports import Clock
from rehearsal.emulator.platform import ServiceError
from rehearsal.stepfunctions.activities import Activities
from rehearsal.stepfunctions.arns import require_arn
from rehearsal.stepfunctions.operations import Operation, Request
from rehearsal.stepfunctions.paging import page
from rehearsal.stepfunctions.store import INITIAL_REVISION, Alias, MachineStore, Resolved, StateMachine
from rehearsal.stepfunctions.tags import tagged

BAD_ROUTING = "INVALID_ROUTING_CONFIGURATION"


class VersionsApi:
    """Operations on versions, aliases and tags; on the engine's loop."""

    def __init__(self, store: MachineStore, clock: Clock, activities: Activities) -> None:
        self._store = store
        self._activities = activities
        self._clock = clock

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names."""
        return {
            "CreateStateMachineAlias": self._create_alias,
            "DeleteStateMachineAlias": self._delete_alias,
            "DeleteStateMachineVersion": self._delete_version,
            "DescribeStateMachineAlias": self._describe_alias,
            "ListStateMachineAliases": self._list_aliases,
            "ListStateMachineVersions": self._list_versions,
            "ListTagsForResource": self._list_tags,
            "PublishStateMachineVersion": self._publish,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "UpdateStateMachineAlias": self._update_alias,
        }

    def _publish(self, request: Request, _: str | None) -> Request:
        owner = self._store.require(request["stateMachineArn"])
        revision = request.get("revisionId")
        if revision and revision != owner.revision_id:
            raise ServiceError(
                "ConflictException",
                f"Failed to publish the State Machine version for revision {revision}. "
                f"The current State Machine revision is {owner.revision_id or INITIAL_REVISION}.",
            )
        version = owner.publish(request.get("description"), self._clock.time())
        return {"creationDate": version.creation_date, "stateMachineVersionArn": version.arn}

    def _list_versions(self, request: Request, _: str | None) -> Request:
        owner = self._store.require(request["stateMachineArn"])
        rows = [
            {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date}
            for version in sorted(owner.versions.values(), key=lambda version: -version.number)
        ]
        return page("stateMachineVersions", rows, request)

    def _delete_version(self, request: Request, _: str | None) -> Request:
        arn = request["stateMachineVersionArn"]
        base, number = _qualified(arn, "version")
        owner = self._store.machines.get(base)
        if owner is None:
            return {}
        users = [alias.name for alias in owner.aliases.values() if arn in _versions_of(alias)]
        if users:
            raise ServiceError(
                "ConflictException",
                "Version to be deleted must not be referenced by an alias. "
                f"Current list of aliases referencing this version: [{', '.join(users)}]",
            )
        owner.versions.pop(int(number), None)
        return {}

    def _create_alias(self, request: Request, _: str | None) -> Request:
        owner = self._routed_machine(request["routingConfiguration"])
        now = self._clock.time()
        arn = f"{owner.arn}:{request['name']}"
        wanted = Alias(
            arn, request["name"], request["routingConfiguration"], request.get("description"), now, now
        )
        found = owner.aliases.setdefault(request["name"], wanted)
        if found.routing != wanted.routing or found.description != wanted.description:
            raise ServiceError(
                "ConflictException",
                "Failed to create alias because an alias with the same name and a different routing "
                "configuration already exists.",
            )
        return {"stateMachineAliasArn": arn, "creationDate": found.creation_date}

    def _update_alias(self, request: Request, _: str | None) -> Request:
        alias = self._alias(request["stateMachineAliasArn"])
        routing = request.get("routingConfiguration")
        if routing is None and request.get("description") is None:
            raise ServiceError(
                "ValidationException",
                "Either the description or the routing configuration must be specified",
                reason="MISSING_REQUIRED_PARAMETER",
            )
        if routing is not None:
            self._routed_machine(routing, of=alias.arn.rpartition(":")[0])
            alias.routing = routing
        alias.description = request.get("description", alias.description)
        alias.update_date = self._clock.time()
        return {"updateDate": alias.update_date}

    def _describe_alias(self, request: Request, _: str | None) -> Request:
        alias = self._alias(request["stateMachineAliasArn"])
        answer = {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "routingConfiguration": alias.routing,
            "creationDate": alias.creation_date,
            "updateDate": alias.update_date,
        }
        return answer | ({"description": alias.description} if alias.description else {})

    def _list_aliases(self, request: Request, _: str | None) -> Request:
        owner = self._store.require(request["stateMachineArn"])
        rows = [
            {"stateMachineAliasArn": alias.arn, "creationDate": alias.creation_date}
            for alias in owner.aliases.values()
        ]
        return page("stateMachineAliases", rows, request)

    def _delete_alias(self, request: Request, _: str | None) -> Request:
        base, name = _qualified(request["stateMachineAliasArn"], "alias")
        owner = self._store.machines.get(base)
        if owner is not None:
            owner.aliases.pop(name, None)
        return {}

    def _list_tags(self, request: Request, _: str | None) -> Request:
        tags = self._tagged(request)
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _tag(self, request: Request, _: str | None) -> Request:
        tags = self._tagged(request)
        tags.update(tagged(request["tags"], tags))
        return {}

    def _untag(self, request: Request, _: str | None) -> Request:
        tags = self._tagged(request)
        for key in request["tagKeys"]:
            tags.pop(key, None)
        return {}

    def _tagged(self, request: Request) -> dict[str, str]:
        arn = request["resourceArn"]
        if arn in self._store.machines:
            return self._store.machines[arn].tags
        tags = self._activities.tags(arn)
        if tags is None:
            raise ServiceError("ResourceNotFound", f"Resource not found: '{arn}'")
        return tags

    def _alias(self, arn: str) -> Alias:
        base, _, name = arn.rpartition(":")
        owner = self._store.machines.get(base)
        if owner is None or name not in owner.aliases:
            raise _not_found()
        return owner.aliases[name]

    def _routed_machine(self, routing: list[dict[str, Any]], of: str | None = None) -> StateMachine:
        """Return the machine, `of` that ARN if there is one, whose versions are routed to."""
        arns = [route["stateMachineVersionArn"] for route in routing]
        received = f"Received: [{', '.join(arns)}]"
        if len(set(arns)) < len(arns):
            raise _bad_routing(f"must contain distinct state machine version ARNs. {received}")
        weights = [route["weight"] for route in routing]
        if sum(weights) != 100:
            reason = f"Sum of routing configuration weights must equal 100. Received: {weights}"
            raise ServiceError("ValidationException", reason, reason=BAD_ROUTING)
        owners = [self._routed(arn) for arn in arns]
        if any(resolved.version is None or resolved.alias_arn for resolved in owners):
            raise _bad_routing(f"must contain state machine version ARNs. {received}")
        if len({of or owners[0].owner.arn, *(resolved.owner.arn for resolved in owners)}) > 1:
            raise _bad_routing(f"must name versions of one state machine. {received}")
        return owners[0].owner

    def _routed(self, arn: str) -> Resolved:
        require_arn(arn, ("stateMachine",))
        try:
            return self._store.resolve(arn)
        except ServiceError as missing:  # which an alias's API calls by another name
            raise _not_found() from missing


def _qualified(arn: str, kind: str) -> tuple[str, str]:
    """The ARN of the machine, and the number of its version or the name of its alias."""
    base, _, qualifier = arn.rpartition(":")
    is_version = qualifier.isdecimal()
    if ":stateMachine:" not in base or is_version != (kind == "version"):
        raise ServiceError("ValidationException", f"Not the ARN of a state machine {kind}: '{arn}'")
    return base, qualifier


def _not_found() -> ServiceError:
    return ServiceError("ResourceNotFound", "Request references a resource that does not exist.")


def _bad_routing(reason: str) -> ServiceError:
    return ServiceError("ValidationException", f"Routing configuration {reason}", reason=BAD_ROUTING)


def _versions_of(alias: Alias) -> set[str]:
    return {route["stateMachineVersionArn"] for route in alias.routing}
