"""DynamoDB's expressions, as far as functions and workflows use them; another one is refused by its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Item = dict[str, dict[str, str]]
COMPARISON = re.compile(r"(?P<name>[#\w]+) (?P<operator>=|<=|<) (?P<value>:\w+)")
CALL = re.compile(r"(?P<call>attribute_not_exists|begins_with)\((?P<name>[#\w]+)(?:, (?P<value>:\w+))?\)")
CLAUSE = re.compile(r"(SET|ADD|REMOVE) (.*?)(?= (?:SET|ADD|REMOVE) |$)")


def holds(request: Mapping[str, Any], item: Item | None) -> bool:
    """Whether the condition of a write holds for the item that is there now."""
    condition = request.get("ConditionExpression")
    if condition is None:
        return True
    return any(
        all(_holds(term.strip(), request, item) for term in part.split(" AND "))
        for part in condition.split(" OR ")
    )


def updated(request: Mapping[str, Any], item: Item | None) -> Item:
    """The item after an UpdateExpression."""
    result: Item = {**(item or {}), **request["Key"]}
    for verb, actions in CLAUSE.findall(request["UpdateExpression"]):
        for action in actions.split(", "):
            _apply(verb, action.replace("=", " ").split(), request, result)
    return result


def _holds(term: str, request: Mapping[str, Any], item: Item | None) -> bool:
    found = COMPARISON.fullmatch(term)
    if found:
        return _compares(found, request, item)
    found = CALL.fullmatch(term)
    if found is None:
        raise NotImplementedError(f"The simulated DynamoDB does not know the condition {term!r}.")
    value = (item or {}).get(_name(found["name"], request))
    if found["call"] == "attribute_not_exists":
        return value is None
    return value is not None and value["S"].startswith(_value(found["value"], request)["S"])


def _compares(found: re.Match[str], request: Mapping[str, Any], item: Item | None) -> bool:
    seen, wanted = (item or {}).get(_name(found["name"], request)), _value(found["value"], request)
    if seen is None:
        return False
    if found["operator"] == "=":
        return seen == wanted
    number, limit = float(seen["N"]), float(wanted["N"])
    return number < limit or (found["operator"] == "<=" and number == limit)


def _apply(verb: str, words: list[str], request: Mapping[str, Any], item: Item) -> None:
    name = _name(words[0], request)
    if verb == "REMOVE":
        item.pop(name, None)
    elif verb == "SET":
        item[name] = _value(words[1], request)
    else:
        total = int(item.get(name, {}).get("N", "0")) + int(_value(words[1], request)["N"])
        item[name] = {"N": str(total)}


def _name(word: str, request: Mapping[str, Any]) -> str:
    return str(request["ExpressionAttributeNames"][word]) if word.startswith("#") else word


def _value(word: str, request: Mapping[str, Any]) -> dict[str, str]:
    return dict(request["ExpressionAttributeValues"][word])
