"""Literal values of a definition's fields: their types and bounds. Expressions are let through unread."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.expressions import is_expression
from rehearsal.asl.lint.findings import Findings
from rehearsal.asl.steps import parse_timestamp

MAX_SECONDS = 99_999_999
# field: whether it must be whole, its least and its greatest value
NUMBERS: dict[str, tuple[bool, float, float]] = {
    "TimeoutSeconds": (True, 1, MAX_SECONDS),
    "HeartbeatSeconds": (True, 1, MAX_SECONDS),
    "Seconds": (True, 0, MAX_SECONDS),
    "MaxConcurrency": (True, 0, 2**63 - 1),
    "ToleratedFailureCount": (True, 0, 2**31 - 1),
    "ToleratedFailurePercentage": (False, 0.0, 100.0),
    "IntervalSeconds": (True, 1, MAX_SECONDS),
    "MaxAttempts": (True, 0, MAX_SECONDS),
    "MaxDelaySeconds": (True, 1, 31_622_400),
    "BackoffRate": (False, 1.0, float("inf")),
    "MaxItemsPerBatch": (True, 0, 2**31 - 1),
    "MaxInputBytesPerBatch": (True, 0, 262_144),
    "MaxItems": (True, 0, 100_000_000),
}
STRINGS = frozenset({"Comment", "Error", "Cause", "Next", "Default", "Label", "Resource", "Version"})
STATIC = frozenset({"Comment", "Next", "Default", "Label", "Resource", "StartAt", "Type", "Version"})


def check_values(holder: dict[str, Any], location: str, findings: Findings, are_static: bool = False) -> None:
    """Check the literal numbers, strings and timestamps that a state, retrier or configuration holds."""
    for name, value in holder.items():
        place = f"{location}/{name}"
        if isinstance(value, str) and is_expression(value):
            if name in STATIC or are_static:
                findings.schema(f"Field '{name}' must not be an expression", place)
        elif name in NUMBERS:
            _check_number(name, value, place, findings)
        elif name in STRINGS:
            findings.type_of(value, str, place)
        elif name == "Timestamp" and (not isinstance(value, str) or parse_timestamp(value) is None):
            findings.schema("String does not match RFC3339 timestamp", place)


def _check_number(name: str, value: Any, location: str, findings: Findings) -> None:
    is_whole, least, greatest = NUMBERS[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        findings.schema(f"Expected value of type [{'INTEGER' if is_whole else 'NUMBER'}]", location)
    elif is_whole and value != int(value):
        findings.schema("Expected value of type [INTEGER]", location)
    elif value < least:
        findings.schema(f"Minimum value is {least}", location)
    elif value > greatest:
        findings.schema(f"Maximum value is {greatest}", location)
