"""JSONata in a definition: it parses, and refers only to what exists where it stands."""

from __future__ import annotations

from typing import Any

from rehearsal.asl.expressions import expression_text, is_expression, syntax_error
from rehearsal.asl.lint.findings import Findings
from rehearsal.asl.lint.references import references
from rehearsal.asl.lint.variables import Variables

UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"
ALWAYS = frozenset({"input", "context"})
WITH_RESULT = ALWAYS | {"result"}
WITH_ERROR = ALWAYS | {"errorOutput"}
_HAS_RESULT = ("Task", "Parallel", "Map")
_PLAIN_FIELDS = ("Arguments", "Items", "ItemSelector", "Seconds", "Timestamp", "TimeoutSeconds",
                 "HeartbeatSeconds", "Error", "Cause", "MaxConcurrency", "ToleratedFailureCount",
                 "ToleratedFailurePercentage",
                 "ItemReader", "ItemBatcher", "ResultWriter")  # fmt: skip


def check_queries(state: dict[str, Any], location: str, variables: Variables, findings: Findings) -> None:
    """Check every expression of a state, its nested flows excepted."""
    check = _Check(variables, findings)
    for name in _PLAIN_FIELDS:
        check.walk(state.get(name), f"{location}/{name}", ALWAYS)
    fields = WITH_RESULT if state["Type"] in _HAS_RESULT else ALWAYS
    for name in ("Output", "Assign"):
        check.walk(state.get(name), f"{location}/{name}", fields)
    for index, rule in enumerate(state.get("Choices", [])):
        place = f"{location}/Choices[{index}]"
        check.condition(rule.get("Condition"), f"{place}/Condition")
        check.walk({name: rule[name] for name in ("Output", "Assign") if name in rule}, place, ALWAYS)
    for index, catcher in enumerate(state.get("Catch", [])):
        place = f"{location}/Catch[{index}]"
        check.walk(
            {name: catcher[name] for name in ("Output", "Assign") if name in catcher}, place, WITH_ERROR
        )


class _Check:
    def __init__(self, variables: Variables, findings: Findings) -> None:
        self._variables = variables
        self._findings = findings

    def condition(self, value: Any, location: str) -> None:
        if isinstance(value, bool):
            return
        if not isinstance(value, str) or not is_expression(value):
            self._findings.schema("Expected a boolean or a JSONata expression", location)
        self.walk(value, location, ALWAYS)

    def walk(self, value: Any, location: str, fields: frozenset[str]) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                self.walk(item, f"{location}/{name}", fields)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.walk(item, f"{location}[{index}]", fields)
        elif isinstance(value, str):
            if is_expression(value):
                self._expression(expression_text(value), location, fields)
            elif value.startswith("{%") or value.endswith("%}"):
                problem = "An expression starts with '{%' and ends with '%}', without spaces around them"
                self._findings.add("INVALID_JSONATA_EXPRESSION", problem, location)

    def _expression(self, text: str, location: str, fields: frozenset[str]) -> None:
        problem = syntax_error(text)
        if problem is not None:
            self._findings.add("INVALID_JSONATA_EXPRESSION", problem, location)
            return
        found = references(text)
        for name in dict.fromkeys(found.top_level):
            message = f"Reference to '{name}' at the top level is not supported."
            self._findings.add(UNSUPPORTED, message, location)
        if found.uses_root:
            self._findings.add(UNSUPPORTED, "Reference to '$$' is not supported.", location)
        for name in dict.fromkeys(found.states_fields):
            if name not in fields:
                self._findings.add(UNSUPPORTED, f"Field '$states.{name}' does not exist.", location)
        for name in found.free_variables():
            if not self._variables.is_known(name):
                message = f"Variable '{name}' is possibly not defined."
                self._findings.warn("POSSIBLY_UNDEFINED_VARIABLE", message, location)
