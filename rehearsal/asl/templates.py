"""Payload templates, compiled once: literals stay as they are, `{% %}` strings are evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from rehearsal.asl.expressions import Evaluator, Scope, expression_text, is_expression, require_type


class Template(Protocol):
    """A compiled field of a state."""

    @property
    def is_static(self) -> bool:
        """Whether it holds no expression."""
        ...

    def value(self, evaluator: Evaluator, scope: Scope, states: dict[str, Any]) -> Any:
        """What the field is worth here; raises QueryError."""
        ...


@dataclass(frozen=True)
class Literal:
    """A part without any expression."""

    literal: Any
    is_static: bool = True

    def value(self, _evaluator: Evaluator, _scope: Scope, _states: dict[str, Any]) -> Any:
        """The literal itself; callers never change it."""
        return self.literal


@dataclass(frozen=True)
class Expression:
    """One `{% %}` string."""

    text: str
    location: str
    is_static: bool = False

    def value(self, evaluator: Evaluator, scope: Scope, states: dict[str, Any]) -> Any:
        """The expression's result."""
        return evaluator.evaluate(self.text, self.location, scope, states)


@dataclass(frozen=True)
class ObjectTemplate:
    """An object with expressions somewhere inside."""

    members: dict[str, Template]
    is_static: bool = False

    def value(self, evaluator: Evaluator, scope: Scope, states: dict[str, Any]) -> Any:
        """The object with every member evaluated."""
        return {key: member.value(evaluator, scope, states) for key, member in self.members.items()}


@dataclass(frozen=True)
class ArrayTemplate:
    """An array with expressions somewhere inside."""

    items: list[Template]
    is_static: bool = False

    def value(self, evaluator: Evaluator, scope: Scope, states: dict[str, Any]) -> Any:
        """The array with every item evaluated."""
        return [item.value(evaluator, scope, states) for item in self.items]


def compile_template(value: Any, location: str) -> Template:
    """Compile a field; `location` is its path below the state, as AWS names it: `Output/rows[0]`."""
    if isinstance(value, str):
        return Expression(expression_text(value), location) if is_expression(value) else Literal(value)
    if isinstance(value, dict):
        members = {key: compile_template(item, f"{location}/{key}") for key, item in value.items()}
        is_static = all(member.is_static for member in members.values())
        return Literal(value) if is_static else ObjectTemplate(members)
    if isinstance(value, list):
        items = [compile_template(item, f"{location}[{index}]") for index, item in enumerate(value)]
        return Literal(value) if all(item.is_static for item in items) else ArrayTemplate(items)
    return Literal(value)


def typed_value(
    template: Template,
    expected: str,
    location: str,
    evaluator: Evaluator,
    scope: Scope,
    states: dict[str, Any],
) -> Any:
    """A field's value, refused unless it has the expected JSON type."""
    value = template.value(evaluator, scope, states)
    text = template.text if isinstance(template, Expression) else None
    require_type(value, expected, text if text is not None else str(value), location)
    return value
