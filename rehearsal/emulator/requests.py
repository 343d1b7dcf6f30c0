"""Requests and answers of our services checked against botocore's model of them, in the words AWS uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import botocore.session

from rehearsal.emulator.platform import ServiceError

NUMBERS = ("integer", "long", "float", "double")
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": (str, bytes),
}
# Java's Unicode classes as ranges for a Python character class: letters beyond ASCII are taken generously
UNICODE_CLASSES = {
    r"\p{L}": "a-zA-Z\u00aa-\u1fff\u2c00-\ud7ff\uf900-\uffdc",
    r"\p{M}": "\u0300-\u036f",
    r"\p{N}": "0-9",
    r"\p{Z}": " \u00a0\u2000-\u200a\u3000",
}
# some of the model's patterns repeat their own end, ${1,256}; the length is checked apart
REPEATED_END = re.compile(r"\$\{\d+,\d+\}$")


def parsed(body: bytes) -> dict[str, Any]:
    """The parameters in a JSON body; none is an empty object. Raises SerializationException as AWS does."""
    try:
        request = json.loads(body or b"{}")
    except (ValueError, RecursionError) as broken:
        raise ServiceError("SerializationException", f"the request isn't JSON: {broken}") from broken
    if not isinstance(request, dict):
        raise ServiceError("SerializationException", "the request isn't a JSON object")
    return request


class RequestModel:
    """The operations of one AWS service, loaded on first use and then shared."""

    def __init__(self, service: str) -> None:
        self._service = service

    def knows(self, action: str) -> bool:
        """Whether AWS has this operation."""
        return action in self._model.operation_names

    def validate(self, action: str, request: dict[str, Any]) -> None:
        """Raise ServiceError as AWS does for a request that breaks the model; unknown fields are refused."""
        if not self.knows(action):
            name = self._model.service_id
            raise ServiceError("UnknownOperationException", f"{name} has no operation {action}.")
        found = violations(self.operation(action).input_shape, request)
        if found:
            noun = "error" if len(found) == 1 else "errors"
            raise ServiceError(
                "ValidationException", f"{len(found)} validation {noun} detected: {'; '.join(found)}"
            )

    def operation(self, action: str) -> Any:
        """Return botocore's model of an operation."""
        return self._model.operation_model(action)

    @property
    def _model(self) -> Any:
        return _service_model(self._service)


@lru_cache
def _service_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def violations(shape: Any, value: Any) -> list[str]:
    """Return every broken constraint of a request or answer; operations without a shape have none."""
    return list(_violations(shape, value, "")) if shape else []


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Yield every broken constraint in AWS's words; a wrong type ends the search."""
    if not _has_type(shape, value):
        raise ServiceError(
            "SerializationException",
            f"{path or 'request'}: expected {shape.type_name}, got {type(value).__name__} ({value!r:.80})",
        )
    if shape.type_name == "structure":
        yield from _structure(shape, value, path)
    elif shape.type_name == "list":
        yield from _length(shape, value, path)
        for index, item in enumerate(value, 1):
            yield from _violations(shape.member, item, f"{path}.{index}.member")
    elif shape.type_name == "map":
        yield from _length(shape, value, path)
        for key, item in value.items():
            yield from _violations(shape.key, key, f"{path}.key")
            yield from _violations(shape.value, item, f"{path}.{key}")
    elif shape.type_name == "string":
        yield from _string(shape, value, path)
    elif shape.type_name in NUMBERS:
        yield from _range(shape, value, path, "value")


def _has_type(shape: Any, value: Any) -> bool:
    is_flag = isinstance(value, bool)
    return isinstance(value, PYTHON_TYPES[shape.type_name]) and is_flag == (shape.type_name == "boolean")


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in value:
        if name not in shape.members:
            raise ServiceError(
                "ValidationException",
                f"Unknown field {_join(path, name)}: {shape.name} has no field {name}.",
            )
    for name in shape.required_members:
        if value.get(name) is None:
            yield (
                f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
            )
    for name, item in value.items():
        if item is not None:
            yield from _violations(shape.members[name], item, _join(path, name))


def _string(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _length(shape, value, path)
    if shape.enum and value not in shape.enum:
        yield _failed(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled and not compiled.fullmatch(value):
        yield _failed(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _length(shape: Any, value: Any, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and len(value) < low:
        yield _failed(value, path, f"Member must have length greater than or equal to {low}")
    if high is not None and len(value) > high:
        yield _failed(value, path, f"Member must have length less than or equal to {high}")


def _range(shape: Any, value: float, path: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        yield _failed(value, path, f"Member must have {what} greater than or equal to {low}")
    if high is not None and value > high:
        yield _failed(value, path, f"Member must have {what} less than or equal to {high}")


def _failed(value: Any, path: str, rule: str) -> str:
    return f"Value '{str(value)[:200]}' at '{path}' failed to satisfy constraint: {rule}"


def _join(path: str, name: str) -> str:
    spelled = name[0].lower() + name[1:]
    return f"{path}.{spelled}" if path else spelled


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile AWS's Java pattern; one that Python can't read even so is not checked."""
    pattern = REPEATED_END.sub("$", pattern)
    for java, python in UNICODE_CLASSES.items():
        pattern = pattern.replace(java, python)
    try:
        return re.compile(pattern)
    except re.error:
        return None
