"""States in JSONPath: the rehearsal runs none, but refuses what AWS refuses of them by AWS's reason first."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.lint.findings import Findings
from rehearsal.asl.lint.maps import refuse_distributed
from rehearsal.asl.lint.states import ALLOWED, COMMON, REQUIRED, check_kind, check_resource, check_transition

JSONATA_FIELDS = frozenset({"Arguments", "Items", "Output"})
_PATHS = frozenset({"InputPath", "OutputPath"})
_RESULTS = _PATHS | {"Parameters", "ResultSelector", "ResultPath"}
_OWN = {
    "Task": _RESULTS | {"TimeoutSecondsPath", "HeartbeatSecondsPath"},
    "Pass": _PATHS | {"Parameters", "Result", "ResultPath"},
    "Wait": _PATHS | {"SecondsPath", "TimestampPath"},
    "Choice": _PATHS,
    "Succeed": _PATHS,
    "Fail": frozenset({"ErrorPath", "CausePath"}),
    "Parallel": _RESULTS,
    "Map": _RESULTS
    | {"ItemsPath", "Iterator", "MaxConcurrencyPath", "ToleratedFailureCountPath"}
    | {"ToleratedFailurePercentagePath"},
}


def check_jsonpath_state(
    name: str, state: dict[str, Any], location: str, is_express: bool, findings: Findings
) -> bool:
    """Check type, fields, transitions and resource of one state; whether its transitions can be followed."""
    kind = check_kind(name, state, location, findings)
    if kind is None:
        return False
    for field in state:
        if field in JSONATA_FIELDS:
            findings.schema(
                f"The QueryLanguage is set to 'JSONPath', but field '{field}' is only supported "
                "for the 'JSONata' QueryLanguage",
                location,
            )
        elif field not in COMMON | ALLOWED[kind] | _OWN[kind]:
            findings.schema(f"Field '{field}' is not supported", location)
    findings.require(state, [field for field in REQUIRED.get(kind, []) if field != "ItemProcessor"], location)
    if "Next" in ALLOWED[kind]:
        check_transition(state, location, findings)
    if kind == "Task" and isinstance(state.get("Resource"), str):
        check_resource(state["Resource"], f"{location}/Resource", is_express, findings)
    if kind == "Map" and is_express:
        refuse_distributed(state, location, findings)
    return _can_be_followed(state, location, findings)


def _can_be_followed(state: dict[str, Any], location: str, findings: Findings) -> bool:
    targets = [(state[field], f"{location}/{field}") for field in ("Next", "Default") if field in state]
    for name in ("Choices", "Catch"):
        entries = state.get(name, [])
        if not findings.type_of(entries, list, f"{location}/{name}"):
            return False
        for index, entry in enumerate(entries):
            place = f"{location}/{name}[{index}]"
            if not findings.type_of(entry, dict, place):
                return False
            if "Next" not in entry:
                findings.require(entry, ["Next"], place)
                return False
            targets.append((entry["Next"], f"{place}/Next"))
    named = [findings.type_of(target, str, place) for target, place in targets]
    return all(named)
