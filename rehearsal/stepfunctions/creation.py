"""What Step Functions checks of a state machine besides its definition: name, role, logs and keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from rehearsal.asl.execution import Execution
from rehearsal.asl.integrations import parse_resource
from rehearsal.asl.map_runs import MapRun
from rehearsal.emulator.platform import Platform, ServiceError
from rehearsal.stepfunctions.awscall import PRINCIPAL
from rehearsal.stepfunctions.definitions import is_distributed, resources, states_of
from rehearsal.stepfunctions.encryption import KeyChecks, customer_key

_FORBIDDEN_IN_NAMES = re.compile(
    r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\U0010ffff]"
)
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


def check_role_arn(role_arn: str) -> None:
    """Raise InvalidArn for what isn't the ARN of an IAM role."""
    if not _ROLE_ARN.fullmatch(role_arn):
        raise ServiceError("InvalidArn", f"Invalid Role Arn: '{role_arn}'")


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
        check_role_arn(role_arn)
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
        """A Distributed Map starts and watches children under the machine's role; AWS finds out when it runs.

        https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
        """
        if not any(is_distributed(state) for state in states_of(json.loads(definition))):
            return
        executions = f"{machine_arn.replace(':stateMachine:', ':execution:')}:*"
        for action, verb, resource in (
            ("states:StartExecution", "starts", machine_arn),
            ("states:DescribeExecution", "describes", executions),
        ):
            denial = self._denial(role_arn, machine_arn, action, resource)
            if denial:
                raise ServiceError(
                    "AccessDeniedException", f"A Distributed Map {verb} child executions: {denial}"
                )

    def check_redrive(self, execution: Execution, map_runs: Iterable[MapRun]) -> None:
        """Raise ServiceError where the role may not redrive the children of map runs that didn't succeed."""
        machine_arn = execution.machine_arn.partition("/")[0]
        for map_run in [one for one in map_runs if one.status in ("FAILED", "ABORTED")]:
            children = f"{map_run.machine_arn.replace(':stateMachine:', ':execution:')}:*"
            denial = self._denial(execution.role_arn, machine_arn, "states:RedriveExecution", children)
            if denial:
                raise ServiceError(
                    "AccessDeniedException", f"A Distributed Map redrives child executions: {denial}"
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
