"""Holds what every role was granted against what it asked for: used, unused and denied, role by role."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from rehearsal.unused_grants import why_unused
from rehearsal.workplace import Site

Grant = tuple[str, str]
"""Action and resource, as a policy spells them: both may hold wildcards."""


@dataclass(frozen=True)
class Asked:
    """One action of one role on one resource, with how often it was allowed and denied."""

    action: str
    resource: str
    allowed: int
    denied: int


@dataclass(frozen=True)
class Unused:
    """A grant nobody needed in this rehearsal, with the reason for having it; empty if nobody gave one."""

    action: str
    resource: str
    reason: str


@dataclass(frozen=True)
class RoleUse:
    """A role: how many grants it has, which it used, which not, and what it was denied."""

    role: str
    granted: int
    used: list[Asked]
    unused: list[Unused]
    denied: list[Asked]


def role_uses(site: Site) -> list[RoleUse]:
    """Every role the program made, by name."""
    entries = site.emulator.control("GET", "access")["access"]
    asked: dict[str, list[Asked]] = {}
    for entry in entries:
        fields = (entry["action"], entry["resource"], entry["allowed"], entry["denied"])
        asked.setdefault(entry["principal"], []).append(Asked(*fields))
    iam = site.client("iam")
    return [
        use_of(role["RoleName"], list(_grants(iam, role["RoleName"])), asked.get(role["Arn"], []))
        for page in iam.get_paginator("list_roles").paginate()
        for role in sorted(page["Roles"], key=lambda one: str(one["RoleName"]))
        if role["Arn"] in _declared(site)
    ]


def use_of(role: str, grants: Sequence[Grant], asked: Iterable[Asked]) -> RoleUse:
    """Compare the grants of one role with what it asked for."""
    calls = list(asked)
    allowed = [call for call in calls if call.allowed]
    unused = [grant for grant in grants if not any(_covers(grant, call) for call in allowed)]
    return RoleUse(
        role,
        len(grants),
        allowed,
        [Unused(action, resource, why_unused(role, action, resource)) for action, resource in unused],
        [call for call in calls if call.denied],
    )


@dataclass(frozen=True)
class NetworkUse:
    """Calls by VPC endpoint, those that nobody made included, and calls that found no way out of a VPC."""

    endpoints: list[dict[str, Any]]
    unreachable: list[dict[str, Any]]


def network_use(site: Site) -> NetworkUse:
    """What the program's endpoints were good for in this rehearsal; interfaces cost by the hour."""
    noted = site.emulator.control("GET", "access")
    calls = {entry["endpoint"]: entry["calls"] for entry in noted["endpoints"]}
    declared = site.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    endpoints = [
        {"service": one["ServiceName"].split(".", 3)[3], "calls": calls.get(one["VpcEndpointId"], 0)}
        for one in sorted(declared, key=lambda one: str(one["ServiceName"]))
    ]
    return NetworkUse(endpoints, noted["unreachable"])


def to_document(uses: Iterable[RoleUse], network: NetworkUse) -> dict[str, Any]:
    """The JSON form, as `iam.json` has it."""
    return {"roles": [asdict(use) for use in uses], **asdict(network)}


def grants_of(document: Mapping[str, Any]) -> Iterator[Grant]:
    """Every allowed action and resource of a policy document."""
    for statement in _listed(document["Statement"]):
        if statement["Effect"] == "Allow":
            for action in _listed(statement["Action"]):
                for resource in _listed(statement["Resource"]):
                    yield str(action), str(resource)


def _covers(grant: Grant, call: Asked) -> bool:
    action, resource = grant
    return fnmatchcase(call.action.lower(), action.lower()) and (
        call.resource == "*" or fnmatchcase(call.resource, resource)
    )


def _declared(site: Site) -> set[str]:
    roles = (one for one in site.deployment.resources if one.type == "aws:iam/role:Role")
    return {str(one.outputs["arn"]) for one in roles}


def _grants(iam: Any, role: str) -> Iterator[Grant]:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield from grants_of(_parsed(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]))
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        yield from grants_of(_parsed(found))


def _parsed(document: Any) -> dict[str, Any]:
    if isinstance(document, str):
        document = json.loads(urllib.parse.unquote(document))
    return dict(document)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
