"""The mocked result of a Task held against the model of the API it stands for, as TestState does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.asl.ports import Integration
from rehearsal.stepfunctions.spelling import OPTIMIZED_SERVICES, SDK_SERVICES, operation_model, spelled

STRICT, PRESENT = "STRICT", "PRESENT"  # all required fields; only the fields that are there
_NUMBERS = ("integer", "long", "float", "double")
_EXPECTED = {"structure": "an object", "map": "an object", "list": "an array", "boolean": "a boolean"}
_TYPES: dict[str, type] = {"structure": dict, "map": dict, "list": list, "boolean": bool}


@dataclass(frozen=True)
class _Rules:
    """How a result is looked at: whether required fields must be there, and in whose spelling."""

    is_strict: bool
    is_sdk: bool


def problem(integration: Integration, result: Any, mode: str) -> str | None:
    """What is wrong with a mocked result, or None; fields outside the model are never wrong.

    Results of jobs (`.sync`) and callbacks aren't those of the API that is called, and stay unchecked.
    """
    if mode not in (STRICT, PRESENT) or integration.pattern != "request_response":
        return None
    if integration.function_arn is not None:
        return None
    names = SDK_SERVICES if integration.is_sdk else {key: row[0] for key, row in OPTIMIZED_SERVICES.items()}
    service = names.get(integration.service, integration.service)
    operation = operation_model(service, integration.action)
    if operation is None or operation.output_shape is None:
        return None
    return _problem(result, operation.output_shape, "", _Rules(mode == STRICT, integration.is_sdk))


def _problem(value: Any, shape: Any, field: str, rules: _Rules) -> str | None:
    kind: str = shape.type_name
    if value is None:
        return None
    if kind in _NUMBERS:
        return _number_problem(value, shape.metadata, field)
    if kind not in _TYPES:
        return _text_problem(value, shape, field)
    if not _is_of(kind, value):
        return f"Field '{field}' must be {_EXPECTED[kind]}"
    if kind == "structure":
        return _members_problem(value, shape, rules)
    if kind == "list":
        return _first(_problem(item, shape.member, field, rules) for item in value)
    if kind == "map":
        return _first(_problem(item, shape.value, field, rules) for item in value.values())
    return None


def _is_of(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind])


def _first(problems: Iterator[str | None]) -> str | None:
    return next(filter(None, problems), None)


def _members_problem(value: dict[str, Any], shape: Any, rules: _Rules) -> str | None:
    for name, member in shape.members.items():
        field = spelled(name, is_sdk=rules.is_sdk)
        if field not in value:
            if rules.is_strict and name in shape.required_members:
                return f"Required field '{field}' is missing"
            continue
        found = _problem(value[field], member, field, rules)
        if found:
            return found
    return None


def _number_problem(value: Any, limits: dict[str, Any], field: str) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"Field '{field}' must be a number"
    if value < limits.get("min", value):
        return f"Field '{field}' is less than the minimum value"
    if value > limits.get("max", value):
        return f"Field '{field}' exceeds the maximum value"
    return None


def _text_problem(value: Any, shape: Any, field: str) -> str | None:
    """Texts, blobs and times, which all are JSON strings."""
    if not isinstance(value, str):
        return f"Field '{field}' must be a string"
    if shape.metadata.get("enum") and value not in shape.metadata["enum"]:
        return f"Field '{field}' is not an expected value"
    if len(value) < shape.metadata.get("min", 0):
        return f"Field '{field}' is smaller than the minimum length"
    if len(value) > shape.metadata.get("max", len(value)):
        return f"Field '{field}' exceeds the maximum length"
    return None
