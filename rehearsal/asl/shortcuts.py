"""The commonest expressions, a variable and names after it, read without the JSONata interpreter."""

from __future__ import annotations

from typing import Any

from jsonata.utils import Utils

INTERPRET = object()  # the interpreter has to decide
_SHAPES = (
    "stages",
    "predicate",
    "group",
    "focus",
    "index",
    "tuple",
    "keep_singleton_array",
    "keep_array",
    "ancestor",
)


class PlainPath:
    """`$states.input.rows`: a variable, then fields of objects."""

    def __init__(self, variable: str, names: tuple[str, ...]) -> None:
        self.variable = variable
        self._names = names

    def read(self, value: Any) -> Any:
        """The value below that root; INTERPRET where arrays, functions or nothing at all come into it."""
        if value is None:
            return INTERPRET
        for name in self._names:
            if type(value) is not dict or name not in value:
                return INTERPRET
            value = value[name]
        if value is Utils.NULL_VALUE:
            return None
        return value if value is None or type(value) in (str, int, bool, dict) else INTERPRET


def plain_path(ast: Any) -> PlainPath | None:
    """The plain path that a parsed expression is, if it is one."""
    steps = ast.steps if ast.type == "path" else [ast]
    if any(getattr(node, shape, None) for node in (ast, *steps) for shape in _SHAPES):
        return None
    first, *rest = steps
    if first.type != "variable" or first.value in ("", "$") or any(step.type != "name" for step in rest):
        return None
    return PlainPath(str(first.value), tuple(str(step.value) for step in rest))
