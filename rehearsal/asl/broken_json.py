"""What is wrong with JSON that can't be read, in the words of the parser that AWS uses, where recorded."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

MAX_QUOTED = 500  # characters of the text that are shown with it
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_NO_NUMBER = re.compile(r'"(?:\\.|[^"\\])*"|(-?Infinity|NaN)')


def loads(text: str, make_object: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Read JSON as AWS does: without NaN, Infinity and what overflows to it; raises ValueError."""

    def refuse(_: str) -> Any:
        start = next(match.start(1) for match in _NO_NUMBER.finditer(text) if match[1])
        raise json.JSONDecodeError("Non-standard token", text, start)

    try:
        return json.loads(text, object_pairs_hook=make_object, parse_constant=refuse, parse_float=_finite)
    except RecursionError as deep:
        raise ValueError("The text is nested too deeply") from deep


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"Numeric value ({text}) out of range")
    return number


def reason(text: str, error: ValueError) -> str:
    """Why `json.loads` refused the text."""
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    word = _WORD.match(text, error.pos)
    if word:
        return (
            f"Unrecognized token '{word[0]}': was expecting (JSON String, Number, Array, Object or token "
            "'null', 'true' or 'false')"
        )
    if error.pos >= len(text):
        return "Unexpected end-of-input"
    found = text[error.pos]
    expected = (
        "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    )
    if error.msg.startswith("Expecting property name"):
        expected = "was expecting double-quote to start field name"
    return f"Unexpected character ('{found}' (code {ord(found)})): {expected}"


def place(text: str, error: ValueError) -> str:
    """Where reading stopped: `[Source: (String)"not JSON"; line: 1, column: 4]`."""
    start = getattr(error, "pos", 0)
    word = _WORD.match(text, start)
    end = word.end() if word else start
    line, column = text.count("\n", 0, end) + 1, end - text.rfind("\n", 0, end)
    return f'[Source: (String)"{text[:MAX_QUOTED]}"; line: {line}, column: {column}]'
