"""Retry and Catch: their shapes, States.ALL alone and last, and delays that can grow."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.lint.fields import check_values
from rehearsal.asl.lint.findings import Findings

RETRIER_FIELDS = frozenset(
    {
        "ErrorEquals",
        "IntervalSeconds",
        "MaxAttempts",
        "BackoffRate",
        "MaxDelaySeconds",
        "JitterStrategy",
        "Comment",
    }
)
CATCHER_FIELDS = frozenset({"ErrorEquals", "Next", "Output", "Assign", "Comment"})


def check_recovery(state: dict[str, Any], location: str, findings: Findings) -> None:
    """Check a state's Retry and Catch."""
    for name, fields, required in (
        ("Retry", RETRIER_FIELDS, ["ErrorEquals"]),
        ("Catch", CATCHER_FIELDS, ["ErrorEquals", "Next"]),
    ):
        entries = state.get(name, [])
        if not findings.type_of(entries, list, f"{location}/{name}"):
            continue
        for index, entry in enumerate(entries):
            place = f"{location}/{name}[{index}]"
            if not findings.type_of(entry, dict, place):
                continue
            findings.require(entry, required, place)
            findings.allow(entry, fields, place)
            if "Assign" in entry:
                findings.type_of(entry["Assign"], dict, f"{place}/Assign")
            check_values(entry, place, findings, are_static=name == "Retry")
            _check_error_names(entry, place, index == len(entries) - 1, findings)
            if name == "Retry":
                _check_delays(entry, place, findings)


def _check_error_names(entry: dict[str, Any], location: str, is_last: bool, findings: Findings) -> None:
    if "ErrorEquals" not in entry:
        return
    names, place = entry["ErrorEquals"], f"{location}/ErrorEquals"
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        findings.schema("Expected an array of error names", place)
    elif not names:
        findings.schema("Value cannot be empty", place)
    elif "States.ALL" in names and (len(names) > 1 or not is_last):
        place = f"{place}[{names.index('States.ALL')}]"
        findings.schema("States.ALL must appear alone and at end of list", place)


def _check_delays(entry: dict[str, Any], location: str, findings: Findings) -> None:
    if "JitterStrategy" in entry:
        findings.one_of(entry["JitterStrategy"], ("FULL", "NONE"), f"{location}/JitterStrategy")
    interval, most = entry.get("IntervalSeconds", 1), entry.get("MaxDelaySeconds")
    is_comparable = isinstance(interval, (int, float)) and isinstance(most, (int, float))
    if is_comparable and most <= interval:
        findings.schema("MaxDelaySeconds must be greater than IntervalSeconds", f"{location}/MaxDelaySeconds")
