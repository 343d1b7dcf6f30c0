"""A whole definition: its text, its language, and every flow within it."""

from __future__ import annotations

from typing import Any

from rehearsal.asl import broken_json
from rehearsal.asl.lint.fields import check_values
from rehearsal.asl.lint.findings import Finding, Findings
from rehearsal.asl.lint.graph import check_graph
from rehearsal.asl.lint.jsonpath import check_jsonpath_state
from rehearsal.asl.lint.maps import PROCESSOR_FIELDS, is_distributed, processor_config
from rehearsal.asl.lint.queries import check_queries
from rehearsal.asl.lint.states import check_state
from rehearsal.asl.lint.variables import Variables

MAX_DEFINITION_BYTES = 1024 * 1024
MAX_DEPTH = 500  # AWS has the code for it and tells no number
LANGUAGES = ("JSONPath", "JSONata")
_MACHINE_FIELDS = frozenset({"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"})
_BRANCH_FIELDS = frozenset({"StartAt", "States", "Comment"})


def lint(definition: str, machine_type: str = "STANDARD", *, has_warnings: bool = False) -> list[Finding]:
    """What is wrong with a definition; errors only, unless warnings are asked for."""
    findings = Findings()
    machine = _parse(definition, findings)
    if machine is not None:
        _check_machine(machine, machine_type == "EXPRESS", findings)
    return [finding for finding in findings.all if has_warnings or finding.severity == "ERROR"]


def _parse(definition: str, findings: Findings) -> dict[str, Any] | None:
    if len(definition.encode()) > MAX_DEFINITION_BYTES:
        findings.schema(f"Definition exceeds the limit of {MAX_DEFINITION_BYTES} bytes", "/")
        return None
    if not definition.strip():
        findings.add("SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", None)
        return None
    try:
        machine = broken_json.loads(definition, _object)
    except ValueError as error:
        place = broken_json.place(definition, error)
        message = f"{broken_json.reason(definition, error)}\n at {place}"
        findings.add("INVALID_JSON_DESCRIPTION", message, place)
        return None
    if not isinstance(machine, dict):
        findings.add("SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", None)
        return None
    if _is_deeper(machine, MAX_DEPTH):
        message = f"The definition is nested more than {MAX_DEPTH} levels deep"
        findings.add("TOO_DEEPLY_NESTED", message, None)
        return None
    return machine


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        inner = (item.values() if isinstance(item, dict) else item for item in level)
        level = [item for items in inner for item in items if isinstance(item, (dict, list))]
        if not level:
            return False
    return True


class _Repeating(dict[str, Any]):
    """An object whose text gives some names more than once."""

    repeated: list[str]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeating = _Repeating(found)
    names = [name for name, _ in pairs]
    repeating.repeated = sorted({name for name in names if names.count(name) > 1})
    return repeating


def _check_machine(machine: dict[str, Any], is_express: bool, findings: Findings) -> None:
    findings.allow(machine, _MACHINE_FIELDS, "/")
    check_values(machine, "", findings, are_static=True)
    language = machine.get("QueryLanguage", "JSONPath")
    if language not in LANGUAGES:
        findings.one_of(language, LANGUAGES, "/QueryLanguage")
        return
    walk = _Walk(language == "JSONata", findings)
    walk.flow(machine, "", is_express)
    if walk.jsonpath_location is not None:
        _refuse_jsonpath(walk.jsonpath_location, findings)
    elif not findings.all or all(finding.severity == "WARNING" for finding in findings.all):
        message = "The state name '{}' appears more than once in the state machine"
        _check_unique(walk.names, "DUPLICATE_STATE_NAME", message, findings)
        message = "The label '{}' appears more than once in the state machine"
        _check_unique(walk.labels, "DUPLICATE_LABEL_NAME", message, findings)


def _refuse_jsonpath(location: str, findings: Findings) -> None:
    findings.unsupported(
        "The rehearsal runs JSONata only, but the QueryLanguage here is 'JSONPath', the default where none "
        "is set: write the expressions in JSONata and set the machine's QueryLanguage to 'JSONata'",
        location,
    )


def _check_unique(names: list[tuple[str, str]], code: str, message: str, findings: Findings) -> None:
    seen: set[str] = set()
    for name, location in names:
        if name in seen:
            findings.add(code, message.format(name), location)
        seen.add(name)


Outer = tuple[Variables, str] | None  # the flow around and the state in it that holds the flow


class _Walk:
    """Goes through the flows of a definition, outermost first."""

    def __init__(self, is_jsonata: bool, findings: Findings) -> None:
        self.jsonpath_location: str | None = None
        self.names: list[tuple[str, str]] = []
        self.labels: list[tuple[str, str]] = []
        self._is_jsonata = is_jsonata
        self._findings = findings

    def flow(self, flow: dict[str, Any], location: str, is_express: bool, outer: Outer = None) -> None:
        """Check one flow and those within it."""
        self._findings.require(flow, ["States", "StartAt"], location or "/")
        states: Any = flow.get("States")
        if "States" not in flow or not self._are_states(states, f"{location}/States"):
            return
        errors_before = self._errors()
        is_readable = True
        for name, state in states.items():
            is_readable &= self._state(name, state, f"{location}/States/{name}", is_express)
        if not self._is_start(flow, location) or not is_readable or self._errors() > errors_before:
            self._nested(states, location, is_express, None)
            return
        if self.jsonpath_location is not None:
            check_graph(flow, location, self._findings)
            self._nested(states, location, is_express, None)
            return
        variables = Variables(flow) if outer is None else outer[0].within(outer[1], flow)
        variables.check(location, self._findings)
        for name, state in states.items():
            check_queries(state, f"{location}/States/{name}", variables, self._findings)
        check_graph(flow, location, self._findings)
        self._nested(states, location, is_express, variables)

    def _is_start(self, flow: dict[str, Any], location: str) -> bool:
        is_named = "StartAt" in flow
        return is_named and self._findings.type_of(flow["StartAt"], str, f"{location}/StartAt")

    def _are_states(self, states: Any, location: str) -> bool:
        if not self._findings.type_of(states, dict, location):
            return False
        if not states:
            self._findings.schema("Value cannot be empty", location)
        if isinstance(states, _Repeating):
            self.names += [(name, f"{location}/{name}") for name in states.repeated]
        typed = [self._findings.type_of(state, dict, f"{location}/{name}") for name, state in states.items()]
        return bool(typed) and all(typed)

    def _errors(self) -> int:
        return sum(finding.severity == "ERROR" for finding in self._findings.all)

    def _state(self, name: str, state: dict[str, Any], location: str, is_express: bool) -> bool:
        self.names.append((name, location))
        if isinstance(state.get("Label"), str):
            self.labels.append((state["Label"], f"{location}/Label"))
        language = state.get("QueryLanguage", "JSONata" if self._is_jsonata else "JSONPath")
        if language not in LANGUAGES:
            self._findings.one_of(language, LANGUAGES, f"{location}/QueryLanguage")
        if language == "JSONPath":
            if self._is_jsonata:
                message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
                self._findings.schema(message, location)
                return False
            self.jsonpath_location = self.jsonpath_location or location
            return check_jsonpath_state(name, state, location, is_express, self._findings)
        return check_state(name, state, location, is_express, self._findings)

    def _nested(
        self, states: dict[str, Any], location: str, is_express: bool, variables: Variables | None
    ) -> None:
        for name, state in states.items():
            place = f"{location}/States/{name}"
            for inner, path, is_own in self._flows_within(state, place):
                is_child_express = is_express or (
                    is_own and processor_config(state).get("ExecutionType") == "EXPRESS"
                )
                outer = None if is_own or variables is None else (variables, name)
                self.flow(inner, path, is_child_express, outer)

    def _flows_within(self, state: dict[str, Any], location: str) -> list[tuple[dict[str, Any], str, bool]]:
        flows: list[tuple[Any, str, frozenset[str], bool]] = []
        if state.get("Type") == "Map":
            flows += [
                (state[name], f"{location}/{name}", PROCESSOR_FIELDS, is_distributed(state))
                for name in ("ItemProcessor", "Iterator")
                if name in state
            ]
        if state.get("Type") == "Parallel" and "Branches" in state:
            branches = state["Branches"]
            if not isinstance(branches, list) or not branches:
                self._findings.schema("Value cannot be empty", f"{location}/Branches")
                return []
            flows += [
                (branch, f"{location}/Branches[{index}]", _BRANCH_FIELDS, False)
                for index, branch in enumerate(branches)
            ]
        found = []
        for flow, path, fields, is_own in flows:
            if isinstance(flow, dict):
                self._findings.allow(flow, fields, path)
                found.append((flow, path, is_own))
            else:
                self._findings.schema("Expected value of type [OBJECT]", path)
        return found
