"""What a JSONata expression refers to: names at the top level, fields of `$states`, and variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jsonata import Jsonata
from jsonata.parser import Parser

SAME_CONTEXT = ("lhs", "rhs", "lhs_object", "expressions", "expression", "condition", "then", "_else",
                "arguments", "procedure", "body")  # fmt: skip
OWN_CONTEXT = ("stages", "predicate", "group", "terms", "expr", "pattern", "update", "delete")


@dataclass
class References:
    """Names as they are spelled, without `$`."""

    top_level: list[str] = field(default_factory=list)
    states_fields: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    uses_root: bool = False

    def free_variables(self) -> list[str]:
        """Variables that neither the expression itself nor the language defines."""
        functions = {"partition", "range", "hash", "parse", "uuid", "states"}
        known = {*self.bound, *functions, *Jsonata.static_frame.bindings}
        return [name for name in dict.fromkeys(self.variables) if name not in known]


@lru_cache(maxsize=4096)
def references(text: str) -> References:
    """The references of an expression that can be parsed."""
    found = References()
    _walk(Jsonata.jsonata(text).ast, True, found)
    return found


def _walk(node: Any, is_top: bool, found: References) -> None:
    if isinstance(node, (list, tuple)):
        for item in node:
            _walk(item, is_top, found)
    elif isinstance(node, Parser.Symbol):
        _note(node, is_top, found)
        steps = getattr(node, "steps", None) or []
        for index, step in enumerate(steps):
            _walk(step, is_top and index == 0, found)
        for child, keeps_context in _children(node):
            _walk(child, is_top and keeps_context, found)


def _children(node: Any) -> Iterator[tuple[Any, bool]]:
    for names, keeps_context in ((SAME_CONTEXT, True), (OWN_CONTEXT, False)):
        for name in names:
            child = getattr(node, name, None)
            if isinstance(child, (list, tuple, Parser.Symbol)):
                yield child, keeps_context


def _note(node: Any, is_top: bool, found: References) -> None:
    if (node.type == "name" and is_top) or (node.type in ("wildcard", "descendant") and is_top):
        found.top_level.append(str(node.value))
    elif node.type == "variable":
        _note_variable(str(node.value), is_top, found)
    elif node.type == "bind":
        found.bound.add(str(node.lhs.value))
    elif node.type == "lambda":
        found.bound.update(str(parameter.value) for parameter in node.arguments)
    elif node.type == "path" and _reads_states(node.steps):
        found.states_fields.append(str(node.steps[1].value))


def _reads_states(steps: list[Any]) -> bool:
    if len(steps) < 2:
        return False
    first, second = steps[:2]
    is_states = first.type == "variable" and first.value == "states"
    return bool(is_states and second.type == "name")


def _note_variable(name: str, is_top: bool, found: References) -> None:
    if name == "$":
        found.uses_root = True
    elif name == "":
        if is_top:
            found.top_level.append("$")
    else:
        found.variables.append(name)
