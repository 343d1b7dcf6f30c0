"""The API of versions, aliases and tags of state machines."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.ports import Clock
from rehearsal.emulator.platform import ServiceError
from rehearsal.stepfunctions.activities import Activities
from rehearsal.stepfunctions.operations import Operation, Request
from rehearsal.stepfunctions.paging import page
from rehearsal.stepfunctions.store import Alias, MachineStore, StateMachine


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
                "ConflictException", f"Failed to publish: revision {revision} isn't the newest"
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
        resolved = self._store.resolve(arn)
        users = [alias.arn for alias in resolved.owner.aliases.values() if arn in _versions_of(alias)]
        if users:
            raise ServiceError("ConflictException", f"Version {arn} is used by aliases: {', '.join(users)}")
        resolved.owner.versions.pop(int(arn.rpartition(":")[2]), None)
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
            raise ServiceError("ConflictException", f"Alias already exists with other settings: {arn}")
        return {"stateMachineAliasArn": arn, "creationDate": found.creation_date}

    def _update_alias(self, request: Request, _: str | None) -> Request:
        alias = self._alias(request["stateMachineAliasArn"])
        if request.get("routingConfiguration") is not None:
            self._routed_machine(request["routingConfiguration"])
            alias.routing = request["routingConfiguration"]
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
        alias = self._alias(request["stateMachineAliasArn"])
        self._store.require(alias.arn.rpartition(":")[0]).aliases.pop(alias.name)
        return {}

    def _list_tags(self, request: Request, _: str | None) -> Request:
        tags = self._tagged(request)
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _tag(self, request: Request, _: str | None) -> Request:
        self._tagged(request).update({tag["key"]: tag.get("value", "") for tag in request["tags"]})
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
            raise ServiceError(
                "ResourceNotFound", f"Request references a resource that does not exist: '{arn}'"
            )
        return owner.aliases[name]

    def _routed_machine(self, routing: list[dict[str, Any]]) -> StateMachine:
        if sum(route["weight"] for route in routing) != 100:
            raise ServiceError("ValidationException", "Sum of routing configuration weights must equal 100")
        owners = [self._store.resolve(route["stateMachineVersionArn"]) for route in routing]
        if any(resolved.version_arn is None for resolved in owners) or len({r.owner.arn for r in owners}) > 1:
            raise ServiceError(
                "ValidationException", "Routing configuration must name versions of one state machine"
            )
        return owners[0].owner


def _versions_of(alias: Alias) -> set[str]:
    return {route["stateMachineVersionArn"] for route in alias.routing}
