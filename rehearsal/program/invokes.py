"""The provider's data functions, answered from region and account so that a preview needs no emulator."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.program.errors import RefusedError
from rehearsal.program.place import Place

Arguments = Mapping[str, Any]
Result = dict[str, Any]


def invoke(token: str, arguments: Arguments, place: Place) -> Result:
    """Result of the function with this token; RefusedError when there is no answer for it."""
    answer = _ANSWERS.get(token)
    if answer is None:
        raise RefusedError(
            f"the rehearsal has no answer for the function {token}; it knows {', '.join(sorted(_ANSWERS))}"
        )
    return answer(arguments, place)


def _caller_identity(_: Arguments, place: Place) -> Result:
    arn = f"arn:aws:iam::{place.account_id}:root"
    return {"accountId": place.account_id, "arn": arn, "userId": place.account_id, "id": place.account_id}


def _region(_: Arguments, place: Place) -> Result:
    endpoint = f"ec2.{place.region}.amazonaws.com"
    return {
        "region": place.region,
        "name": place.region,
        "id": place.region,
        "endpoint": endpoint,
        "description": place.region,
    }


def _partition(_: Arguments, __: Place) -> Result:
    return {
        "partition": "aws",
        "id": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _availability_zones(arguments: Arguments, place: Place) -> Result:
    if set(arguments) - {"state"} or arguments.get("state", "available") != "available":
        raise RefusedError(f"getAvailabilityZones with {dict(arguments)}: only state=available is answered")
    names = [place.region + letter for letter in "abc"]
    zone_ids = [f"{_zone_prefix(place.region)}-az{number}" for number in (1, 2, 3)]
    return {
        "names": names,
        "zoneIds": zone_ids,
        "groupNames": [place.region],
        "state": "available",
        "id": place.region,
    }


def _zone_prefix(region: str) -> str:
    area, direction, number = region.split("-")[-3:]
    return area + direction[0] + number


def _prefix_list(arguments: Arguments, place: Place) -> Result:
    name = arguments.get("name", "")
    known = {f"com.amazonaws.{place.region}.{service}" for service in ("s3", "dynamodb")}
    if set(arguments) != {"name"} or name not in known:
        raise RefusedError(f"prefix list {name!r}: AWS manages {', '.join(sorted(known))}, looked up by name")
    number = f"pl-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return {
        "id": number,
        "name": name,
        "cidrBlocks": ["52.218.0.0/17" if name.endswith("s3") else "52.94.24.0/23"],
    }


def _policy_document(arguments: Arguments, _: Place) -> Result:
    unknown = sorted(set(arguments) - {"statements", "version", "policyId"})
    if unknown:
        raise RefusedError(
            f"getPolicyDocument with {', '.join(unknown)} is not answered; give plain statements"
        )
    document: Result = {"Version": arguments.get("version", "2012-10-17")}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    document["Statement"] = [_statement(statement) for statement in arguments.get("statements", [])]
    text, minified = json.dumps(document, indent=2), json.dumps(document, separators=(",", ":"))
    return {"json": text, "minifiedJson": minified, "id": hashlib.sha256(text.encode()).hexdigest()[:10]}


def _statement(given: Mapping[str, Any]) -> Result:
    statement: Result = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect", "Allow")
    for name in ("actions", "notActions", "resources", "notResources"):
        if given.get(name):
            statement[name[:1].upper() + name[1:-1]] = _single(given[name])
    for name in ("principals", "notPrincipals"):
        if given.get(name):
            statement[name[:1].upper() + name[1:-1]] = _principals(given[name])
    for condition in given.get("conditions", []):
        operator = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
        operator[condition["variable"]] = _single(condition["values"])
    return statement


def _principals(given: list[Mapping[str, Any]]) -> Any:
    if any(principal["type"] == "*" for principal in given):
        return "*"
    by_type: dict[str, list[Any]] = {}
    for principal in given:
        by_type.setdefault(principal["type"], []).extend(principal["identifiers"])
    return {principal_type: _single(identifiers) for principal_type, identifiers in by_type.items()}


def _single(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


_ANSWERS: dict[str, Callable[[Arguments, Place], Result]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:ec2/getPrefixList:getPrefixList": _prefix_list,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _prefix_list,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
