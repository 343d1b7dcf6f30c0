"""The fields of each state type: which it must have, which it may have, and what they look like."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.integrations import is_recognized, parse_resource
from rehearsal.asl.lint.fields import check_values
from rehearsal.asl.lint.findings import Findings
from rehearsal.asl.lint.maps import check_map
from rehearsal.asl.lint.recovery import check_recovery

TYPES = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
MAX_NAME_CHARACTERS = 80
COMMON = frozenset({"Type", "Comment", "QueryLanguage"})
_MOVING = frozenset({"Next", "End", "Output", "Assign"})
_RECOVERING = frozenset({"Retry", "Catch"})
ALLOWED = {
    "Task": _MOVING
    | _RECOVERING
    | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"},
    "Wait": _MOVING | {"Seconds", "Timestamp"},
    "Pass": _MOVING,
    "Succeed": frozenset({"Output"}),
    "Fail": frozenset({"Error", "Cause"}),
    "Choice": frozenset({"Choices", "Default", "Output", "Assign"}),
    "Parallel": _MOVING | _RECOVERING | {"Branches", "Arguments"},
    "Map": _MOVING
    | _RECOVERING
    | {
        "Items",
        "ItemProcessor",
        "ItemSelector",
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "MaxConcurrency",
    }
    | {"ToleratedFailureCount", "ToleratedFailurePercentage", "Label"},
}
REQUIRED = {"Task": ["Resource"], "Choice": ["Choices"], "Parallel": ["Branches"], "Map": ["ItemProcessor"]}
_RULE_FIELDS = frozenset({"Condition", "Next", "Output", "Assign", "Comment"})


def check_state(
    name: str, state: dict[str, Any], location: str, is_express: bool, findings: Findings
) -> bool:
    """Check one state, its nested flows and its expressions excepted; whether its type is a known one."""
    kind = check_kind(name, state, location, findings)
    if kind is None:
        return False
    _check_fields(state, kind, location, findings)
    check_values(state, location, findings)
    check_recovery(state, location, findings)
    if kind == "Task":
        _check_task(state, location, is_express, findings)
    elif kind == "Wait":
        _check_exactly_one(state, ["Seconds", "Timestamp"], location, findings)
    elif kind == "Choice":
        _check_rules(state, location, findings)
    elif kind == "Map":
        check_map(state, location, is_express, findings)
    return True


def check_kind(name: str, state: dict[str, Any], location: str, findings: Findings) -> str | None:
    """Check a state's name and type; its type if it is a known one."""
    if len(name) > MAX_NAME_CHARACTERS:
        findings.add("INVALID_STATE_NAME", f"State name exceeds {MAX_NAME_CHARACTERS} characters", location)
    findings.require(state, ["Type"], location)
    kind = state.get("Type")
    if isinstance(kind, str) and kind in TYPES:
        return kind
    if "Type" in state:
        message = f"The field 'Type' should have one of these values: [{', '.join(TYPES)}]"
        findings.schema(message, f"{location}/Type")
    return None


def _check_fields(state: dict[str, Any], kind: str, location: str, findings: Findings) -> None:
    findings.allow(state, COMMON | ALLOWED[kind], location)
    findings.require(state, REQUIRED.get(kind, []), location)
    if "Next" in ALLOWED[kind]:
        check_transition(state, location, findings)
    if "Assign" in state:
        findings.type_of(state["Assign"], dict, f"{location}/Assign")
    if kind == "Task" and isinstance(state.get("Arguments"), (list, int, float)):
        findings.schema("Expected an object or a JSONata expression", f"{location}/Arguments")


def check_transition(state: dict[str, Any], location: str, findings: Findings) -> None:
    """Check that a state either ends or goes on."""
    if "End" in state and not findings.type_of(state["End"], bool, f"{location}/End"):
        return
    if state.get("End") is True and "Next" in state:
        findings.at_most_one(state, ["Next", "End"], location)
    elif "Next" not in state and state.get("End") is not True:
        findings.schema("Either 'Next' or 'End' is required", location)


def _check_exactly_one(state: dict[str, Any], fields: list[str], location: str, findings: Findings) -> None:
    findings.at_most_one(state, fields, location)
    if not any(field in state for field in fields):
        findings.schema(f"Exactly one of these fields is required: [{', '.join(fields)}]", location)


def _check_rules(state: dict[str, Any], location: str, findings: Findings) -> None:
    rules = state.get("Choices", [])
    if not findings.type_of(rules, list, f"{location}/Choices"):
        return
    if "Choices" in state and not rules:
        findings.schema("Value cannot be empty", f"{location}/Choices")
    for index, rule in enumerate(rules):
        place = f"{location}/Choices[{index}]"
        if not findings.type_of(rule, dict, place):
            continue
        findings.allow(rule, _RULE_FIELDS, place)
        findings.require(rule, ["Condition", "Next"], place)
        if "Assign" in rule:
            findings.type_of(rule["Assign"], dict, f"{place}/Assign")
        check_values(rule, place, findings)


def _check_task(state: dict[str, Any], location: str, is_express: bool, findings: Findings) -> None:
    timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        message = "HeartbeatSeconds must be smaller than TimeoutSeconds"
        findings.schema(message, f"{location}/HeartbeatSeconds")
    if "Credentials" in state:
        _refuse_credentials(state["Credentials"], f"{location}/Credentials", findings)
    if isinstance(state.get("Resource"), str):
        check_resource(state["Resource"], f"{location}/Resource", is_express, findings)


def _refuse_credentials(credentials: Any, location: str, findings: Findings) -> None:
    if isinstance(credentials, dict) and "RoleArn" not in credentials:
        findings.schema("The field 'RoleArn' is required but was missing", location)
    else:
        findings.unsupported("The rehearsal's Step Functions takes no Credentials", location)


def check_resource(resource: str, location: str, is_express: bool, findings: Findings) -> None:
    """Check that Step Functions has an integration, and an Express machine may use it."""
    integration = parse_resource(resource)
    if is_express and integration is not None and integration.activity_arn is not None:
        findings.schema("Express state machine does not support Activity ARN", location)
        return
    if integration is None or not is_recognized(integration):
        findings.schema(
            f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, "
            "or the resource is not available in this region.",
            location,
        )
    elif is_express and integration.pattern in ("sync", "sync:2"):
        findings.schema("Express state machine does not support '.sync' service integration", location)
    elif is_express and integration.pattern == "callback":
        # the space before the location is AWS's own
        message = "Express state machine does not support '.waitForTaskToken' service integration "
        findings.schema(message, location)
