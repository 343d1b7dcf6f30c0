"""What is wrong with JSON that can't be read, in the words of the parser that AWS uses, where recorded."""

from __future__ import annotations

import json
import re

MAX_QUOTED = 500  # characters of the text that are shown with it
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


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
