"""Checks requests of our services against botocore's model of them, in the words AWS uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import botocore.session

from rehearsal.emulator.platform import ServiceError

PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": (str,),
}


class RequestModel:
    """The operations of one AWS service."""

    def __init__(self, service: str) -> None:
        self._model = botocore.session.get_session().get_service_model(service)

    def knows(self, action: str) -> bool:
        """Whether AWS has this operation."""
        return action in self._model.operation_names

    def validate(self, action: str, request: dict[str, Any]) -> None:
        """Raise ServiceError for an unknown operation or field and for every broken constraint."""
        if not self.knows(action):
            raise ServiceError(
                "UnknownOperationException", f"{self._model.service_name} has no operation {action}"
            )
        shape = self._model.operation_model(action).input_shape
        found = list(_violations(shape, request, "")) if shape else []
        if found:
            noun = "error" if len(found) == 1 else "errors"
            raise ServiceError(
                "ValidationException", f"{len(found)} validation {noun} detected: {'; '.join(found)}"
            )


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if not _is_of_kind(value, kind):
        raise ServiceError(
            "SerializationException",
            f"{path or 'the request'}: expected {kind}, got {type(value).__name__} ({value!r:.80})",
        )
    if kind == "structure":
        yield from _structure(shape, value, path)
    elif kind == "list":
        yield from _bounds(shape, value, len(value), path, "length")
        for index, item in enumerate(value, 1):
            yield from _violations(shape.member, item, f"{path}.{index}.member")
    elif kind == "map":
        for key, item in value.items():
            yield from _violations(shape.value, item, f"{path}.{key}")
    elif kind == "string":
        yield from _string(shape, value, path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _bounds(shape, value, value, path, "value")


def _is_of_kind(value: Any, kind: str) -> bool:
    is_stray_boolean = isinstance(value, bool) and kind != "boolean"
    return isinstance(value, PYTHON_TYPES[kind]) and not is_stray_boolean


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in value:
        if name not in shape.members:
            raise ServiceError("ValidationException", f"{shape.name} has no field {_join(path, name)}")
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, item in value.items():
        if item is not None:
            yield from _violations(shape.members[name], item, _join(path, name))


def _string(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _bounds(shape, value, len(value), path, "length")
    if shape.enum and value not in shape.enum:
        yield _broken(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = _compiled(shape.metadata.get("pattern", ""))
    if pattern and not pattern.fullmatch(value):
        yield _broken(value, path, f"Member must satisfy regular expression pattern: {pattern.pattern}")


def _bounds(shape: Any, value: Any, measure: float, path: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and measure < low:
        yield _broken(value, path, f"Member must have {what} greater than or equal to {low}")
    if high is not None and measure > high:
        yield _broken(value, path, f"Member must have {what} less than or equal to {high}")


def _broken(value: Any, path: str, rule: str) -> str:
    return f"Value '{value!s:.200}' at '{path}' failed to satisfy constraint: {rule}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """AWS's patterns are Java's; the few that Python can't read aren't checked."""
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None
