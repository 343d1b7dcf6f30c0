"""Turns what pydantic found into one line a setting: path, value seen, rule, remedy."""

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_RULES: Mapping[str, str] = {
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_short": "must have at least {min_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be a text; quote it",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping of settings",
    "tuple_type": "must be a list",
}


class SettingsError(Exception):
    """The stack's configuration is wrong; `problems` has one line for each setting that is."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def explain(namespace: str, model: type[BaseModel], error: ValidationError) -> list[str]:
    """One line a problem, in the order of the settings."""
    problems = error.errors(include_url=False)
    refused = {details["loc"][: len(details["loc"]) - 1] for details in problems}
    # A list without its refused items is too short as well, which says nothing new.
    telling = [one for one in problems if one["type"] != "too_short" or one["loc"] not in refused]
    return [_line(namespace, model, details) for details in telling]


def _line(namespace: str, model: type[BaseModel], details: ErrorDetails) -> str:
    context = dict(details.get("ctx", {}))
    location = [*details["loc"], *([context["field"]] if "field" in context else [])]
    path = f"{namespace}:{_path(location)}"
    if details["type"] == "missing":
        return f"{path} is missing; every stack gives every setting"
    if details["type"] == "extra_forbidden":
        return f"{path} is not a setting{_nearest(model, details['loc'])}"
    rule = _RULES.get(details["type"], "").format(**context) or details["msg"]
    return (
        f"{path} is {_seen(location, details)}; it {rule}"
        if rule.startswith("must")
        else _free(path, location, details)
    )


def _free(path: str, location: Sequence[int | str], details: ErrorDetails) -> str:
    return f"{path} is {_seen(location, details)}: {details['msg']}"


def _seen(location: Sequence[int | str], details: ErrorDetails) -> str:
    value: Any = details["input"]
    for part in ".".join(map(str, location[len(details["loc"]) :])).split("."):
        value = value.get(part) if isinstance(value, dict) else value
    return json.dumps(value, ensure_ascii=False)


def _path(location: Sequence[int | str]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _nearest(model: type[BaseModel], location: Sequence[int | str]) -> str:
    known = _settings_beside(model, location)
    nearest = difflib.get_close_matches(str(location[-1]), known, n=1)
    if nearest:
        return f"; did you mean {nearest[0]}?"
    return f"; the settings here are {', '.join(known)}"


def _settings_beside(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    for part in location[:-1]:
        fields = {field.alias: field.annotation for field in model.model_fields.values()}
        inner = fields.get(str(part))
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            break
        model = inner
    return sorted(str(field.alias) for field in model.model_fields.values())
