"""Whether a definition can be had: what the lint finds, and calls that AWS or the rehearsal doesn't know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.asl.execution import MachineType
from rehearsal.asl.integrations import parse_resource
from rehearsal.asl.lint import Finding, lint
from rehearsal.asl.lint.findings import UNSUPPORTED
from rehearsal.emulator.platform import ServiceError
from rehearsal.stepfunctions.spelling import OPTIMIZED_SERVICES, is_operation, operation_model, unknown_field

SCHEMA = "SCHEMA_VALIDATION_FAILED"
PARTITION = "arn:aws:"  # the only one the rehearsal has


def findings_of(definition: str, machine_type: str, *, has_warnings: bool = False) -> list[Finding]:
    """What is wrong with a definition; its calls are looked at once its shape is right."""
    found = lint(definition, machine_type, has_warnings=has_warnings)
    if any(finding.severity == "ERROR" for finding in found):
        return found
    return [*found, *_wrong_calls(json.loads(definition))]


def check_definition(definition: str, machine_type: MachineType) -> None:
    """Raise InvalidDefinition for what AWS refuses, UnsupportedByRehearsal for what is missing here."""
    findings = findings_of(definition, machine_type)
    refused = [str(finding) for finding in findings if finding.code != UNSUPPORTED]
    if refused:
        listed = ", ".join(refused)
        raise ServiceError("InvalidDefinition", f"Invalid State Machine Definition: '{listed}'")
    if findings:
        raise ServiceError(UNSUPPORTED, f"{findings[0].message} at {findings[0].location}")


def _wrong_calls(definition: Any) -> Iterator[Finding]:
    for place, task in located_tasks(definition):
        finding = _wrong_call(task, place)
        if finding is not None:
            yield finding


def _wrong_call(task: dict[str, Any], place: str) -> Finding | None:
    resource = task["Resource"]
    integration = parse_resource(resource)
    if not resource.startswith(PARTITION) or integration is None:
        return _unrecognized(resource, place)
    if integration.activity_arn is not None or integration.function_arn is not None:
        return None
    if integration.is_sdk:  # the fields of these are checked when the task runs, as recorded
        is_known = is_operation(integration.service, integration.action)
        return None if is_known else _unrecognized(resource, place)
    if integration.service not in OPTIMIZED_SERVICES:
        message = (
            f"{resource}: the rehearsal's Step Functions has no {integration.service} integration; "
            f"it has {', '.join(OPTIMIZED_SERVICES)} and aws-sdk"
        )
        return Finding(UNSUPPORTED, message, f"{place}/Resource")
    operation = operation_model(OPTIMIZED_SERVICES[integration.service][0], integration.action)
    field = unknown_field(task.get("Arguments"), operation.input_shape, is_sdk=False)
    if field is None:
        return None
    return Finding(SCHEMA, f'The field "{field}" is not supported by Step Functions', f"{place}/Arguments")


def _unrecognized(resource: str, place: str) -> Finding:
    message = (
        f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the "
        "resource is not available in this region."
    )
    return Finding(SCHEMA, message, f"{place}/Resource")


def resources(definition: Any) -> Iterator[str]:
    """Yield the Resource of every Task in a definition, nested ones included."""
    return (task["Resource"] for _, task in located_tasks(definition))


def located_tasks(flow: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the path of every Task in a definition and the Task."""
    for name, state in flow["States"].items():
        here = f"{place}/States/{name}"
        if state["Type"] == "Task":
            yield here, state
        for index, branch in enumerate(state.get("Branches", [])):
            yield from located_tasks(branch, f"{here}/Branches[{index}]")
        if "ItemProcessor" in state:
            yield from located_tasks(state["ItemProcessor"], f"{here}/ItemProcessor")


def states_of(definition: Any) -> Iterator[dict[str, Any]]:
    """Yield every state of a definition, nested ones included."""
    for state in definition["States"].values():
        yield state
        for inner in [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]:
            yield from states_of(inner)


def is_distributed(state: dict[str, Any]) -> bool:
    """Whether a state is a Distributed Map."""
    processor = state.get("ItemProcessor", {}) if state["Type"] == "Map" else {}
    return bool(processor.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED")
