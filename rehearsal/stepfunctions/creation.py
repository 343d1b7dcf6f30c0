"""What Step Functions checks before it accepts a state machine: name, definition, role, logs and keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rehearsal.asl.execution import MachineType
from rehearsal.asl.integrations import parse_resource
from rehearsal.asl.lint import lint
from rehearsal.emulator.platform import Platform, ServiceError
from rehearsal.stepfunctions.awscall import PRINCIPAL
from rehearsal.stepfunctions.encryption import KeyChecks, customer_key
from rehearsal.stepfunctions.spelling import OPTIMIZED_SERVICES, is_operation

_FORBIDDEN_IN_NAMES = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
LOG_ACTIONS = (
    "CreateLogDelivery",
    "GetLogDelivery",
    "UpdateLogDelivery",
    "DeleteLogDelivery",
    "ListLogDeliveries",
    "PutResourcePolicy",
    "DescribeResourcePolicies",
    "DescribeLogGroups",
)
RULE_ACTIONS = ("PutTargets", "PutRule", "DescribeRule")
MANAGED_RULES = {
    "createHyperParameterTuningJob": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    "createProcessingJob": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "createTrainingJob": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "createTransformJob": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
    "startExecution": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
}


def check_name(name: str) -> None:
    """Raise InvalidName for characters that Step Functions refuses."""
    if _FORBIDDEN_IN_NAMES.search(name):
        raise ServiceError("InvalidName", f"Invalid Name: '{name}'")


def check_definition(definition: str, machine_type: MachineType) -> None:
    """Raise InvalidDefinition for what the linter finds and for integrations that aren't supported here."""
    findings = [found for found in lint(definition, machine_type) if found.severity == "ERROR"]
    if findings:
        listed = ", ".join(str(finding) for finding in findings)
        raise ServiceError("InvalidDefinition", f"Invalid State Machine Definition: '{listed}'")
    for location, resource in located_resources(json.loads(definition)):
        integration = parse_resource(resource)
        if integration is None or integration.activity_arn is not None:
            continue
        if integration.is_sdk and not is_operation(integration.service, integration.action):
            raise ServiceError(
                "InvalidDefinition",
                "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: The resource provided "
                f"{resource} is not recognized. The value is not a valid resource ARN, or the resource is "
                f"not available in this region. at {location}'",
            )
        if not integration.is_sdk and integration.service not in OPTIMIZED_SERVICES:
            raise ServiceError(
                "UnsupportedByRehearsal",
                f"{resource}: the rehearsal's Step Functions has no {integration.service} integration; "
                f"it has {', '.join(OPTIMIZED_SERVICES)} and aws-sdk.",
            )


def resources(definition: Any) -> Iterator[str]:
    """Yield the Resource of every Task in a definition, nested ones included."""
    return (resource for _, resource in located_resources(definition))


def located_resources(flow: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of every Task's Resource in a definition and the Resource."""
    for name, state in flow["States"].items():
        here = f"{place}/States/{name}"
        if state["Type"] == "Task":
            yield f"{here}/Resource", state["Resource"]
        for index, branch in enumerate(state.get("Branches", [])):
            yield from located_resources(branch, f"{here}/Branches[{index}]")
        if "ItemProcessor" in state:
            yield from located_resources(state["ItemProcessor"], f"{here}/ItemProcessor")


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


def _bad_logging(reason: str) -> ServiceError:
    return ServiceError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {reason}")


class RoleChecks:
    """What a machine's role must allow from the start."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._keys = KeyChecks(platform)

    def check(
        self, role_arn: str, machine_arn: str, definition: str, request: dict[str, Any], caller: str | None
    ) -> None:
        """Raise ServiceError where the caller may not pass the role or the role lacks a permission."""
        if not _ROLE_ARN.fullmatch(role_arn):
            raise ServiceError("InvalidArn", f"Invalid Role Arn: '{role_arn}'")
        self._platform.require_pass_role(caller, role_arn, PRINCIPAL)
        try:
            self._platform.credentials(role_arn, PRINCIPAL, "creation-check", machine_arn)
        except ServiceError as refused:
            raise ServiceError(
                "AccessDeniedException",
                f"Neither the global service principal {PRINCIPAL}, nor the regional one is authorized to "
                f"assume the provided role. ({refused.message})",
            ) from refused
        self._check_managed_rules(role_arn, machine_arn, definition)
        self._check_children(role_arn, machine_arn, definition)
        self._check_logging(role_arn, machine_arn, request.get("loggingConfiguration") or {})
        key = customer_key(request.get("encryptionConfiguration"))
        if key:
            is_logged = (request.get("loggingConfiguration") or {}).get("level", "OFF") != "OFF"
            self._keys.creation(role_arn, machine_arn, key, caller, logs=is_logged)

    def _check_managed_rules(self, role_arn: str, machine_arn: str, definition: str) -> None:
        region, account_id = machine_arn.split(":")[3:5]
        for resource in resources(json.loads(definition)):
            integration = parse_resource(resource)
            if integration is None or integration.pattern not in ("sync", "sync:2"):
                continue
            rule = MANAGED_RULES.get(integration.action)
            rule_arn = f"arn:aws:events:{region}:{account_id}:rule/{rule}"
            for action in RULE_ACTIONS if rule else ():
                denial = self._denial(role_arn, machine_arn, f"events:{action}", rule_arn)
                if denial:
                    raise ServiceError(
                        "AccessDeniedException",
                        f"'{role_arn}' is not authorized to create managed-rule. ({denial})",
                    )

    def _check_children(self, role_arn: str, machine_arn: str, definition: str) -> None:
        """A Distributed Map starts its children under the machine's role; AWS finds out when it runs."""
        if not any(is_distributed(state) for state in states_of(json.loads(definition))):
            return
        denial = self._denial(role_arn, machine_arn, "states:StartExecution", machine_arn)
        if denial:
            raise ServiceError(
                "AccessDeniedException", f"A Distributed Map starts child executions: {denial}"
            )

    def _check_logging(self, role_arn: str, machine_arn: str, logging: dict[str, Any]) -> None:
        destinations = logging.get("destinations") or []
        if len(destinations) > 1 or (not destinations and logging.get("level", "OFF") != "OFF"):
            raise _bad_logging("Must specify exactly one Log Destination.")
        if logging.get("level", "OFF") == "OFF":
            return
        arn = (destinations[0].get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", "")
        if not arn.endswith(":*"):
            raise _bad_logging(f"The log group's ARN must end with ':*', but was '{arn}'.")
        for action in LOG_ACTIONS:
            denial = self._denial(role_arn, machine_arn, f"logs:{action}", "*")
            if denial:
                raise ServiceError(
                    "AccessDeniedException",
                    f"The state machine IAM Role is not authorized to access the Log Destination. ({denial})",
                )
        name = arn.removesuffix(":*").partition(":log-group:")[2]
        groups = self._platform.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if all(group["logGroupName"] != name for group in groups):
            raise _bad_logging("Log Destination not found.")

    def _denial(self, role_arn: str, machine_arn: str, action: str, resource: str) -> str | None:
        context = {"aws:SourceArn": machine_arn}
        return self._platform.is_allowed(role_arn, PRINCIPAL, action, resource, **context)
