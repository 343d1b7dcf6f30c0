"""JSON text the way Step Functions writes it: compact, unescaped, numbers without a needless fraction."""

import json
from datetime import UTC, datetime
from typing import Any

MAX_PAYLOAD_BYTES = 256 * 1024
# Made once: json.dumps makes one at each call that has settings of its own.
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def dumps(value: Any) -> str:
    """The value as compact JSON text."""
    return _COMPACT.encode(value)


def is_too_large(text: str) -> bool:
    """Whether the text exceeds the 256 KiB that states may exchange, counted in UTF-8 bytes."""
    if len(text) * 4 <= MAX_PAYLOAD_BYTES:
        return False
    return len(text.encode()) > MAX_PAYLOAD_BYTES


def iso_timestamp(seconds: float) -> str:
    """Epoch seconds as the context object spells them: `2026-01-31T09:05:00.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_type(value: Any) -> str:
    """The JSONata name of a value's type, as the evaluation errors spell it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    for kind, name in ((str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "function"
