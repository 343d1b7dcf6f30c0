"""The API of state machines: create, update, delete, describe, list and validate."""

from __future__ import annotations

from rehearsal.asl.execution import Machine, MachineType
from rehearsal.asl.ports import Clock
from rehearsal.emulator.platform import Platform, ServiceError
from rehearsal.stepfunctions.creation import RoleChecks, check_name
from rehearsal.stepfunctions.definitions import check_definition, findings_of
from rehearsal.stepfunctions.operations import Operation, Request
from rehearsal.stepfunctions.paging import page
from rehearsal.stepfunctions.store import MachineStore, Resolved, StateMachine
from rehearsal.stepfunctions.tags import tagged

NO_LOGGING = {"level": "OFF", "includeExecutionData": False}
NO_TRACING = {"enabled": False}
AWS_KEY = {"type": "AWS_OWNED_KEY"}
COMPARED_BY_CREATE = ("logging", "tracing", "encryption", "published_as")


class MachinesApi:
    """Operations on state machines; on the engine's loop."""

    def __init__(self, platform: Platform, store: MachineStore, clock: Clock) -> None:
        self._platform = platform
        self._store = store
        self._clock = clock
        self.roles = RoleChecks(platform)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names."""
        return {
            "CreateStateMachine": self._create,
            "DescribeStateMachine": self._describe,
            "ListStateMachines": self._list,
            "UpdateStateMachine": self._update,
            "ValidateStateMachineDefinition": self._validate,
        }

    def arn(self, name: str) -> str:
        """Return the ARN of a state machine of that name."""
        return f"arn:aws:states:{self._platform.region}:{self._platform.account_id}:stateMachine:{name}"

    def describe(self, owner: StateMachine, machine: Machine) -> Request:
        """Return what DescribeStateMachine and DescribeStateMachineForExecution have in common."""
        details = {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "definition": machine.definition,
            "roleArn": machine.role_arn,
            "loggingConfiguration": owner.logging,
            "tracingConfiguration": owner.tracing,
            "encryptionConfiguration": owner.encryption,
        }
        return details | _revision(owner)

    def _create(self, request: Request, caller: str | None) -> Request:
        check_name(request["name"])
        _check_description(request)
        machine_type: MachineType = request.get("type") or "STANDARD"
        check_definition(request["definition"], machine_type)
        arn = self.arn(request["name"])
        self.roles.check(request["roleArn"], arn, request["definition"], request, caller)
        now = self._clock.time()
        machine = Machine(arn, request["name"], request["roleArn"], request["definition"], machine_type)
        wanted = StateMachine(
            machine,
            creation_date=now,
            update_date=now,
            logging=NO_LOGGING | (request.get("loggingConfiguration") or {}),
            tracing=request.get("tracingConfiguration") or NO_TRACING,
            encryption=request.get("encryptionConfiguration") or AWS_KEY,
            tags=tagged(request.get("tags")),
            published_as=(bool(request.get("publish")), request.get("versionDescription")),
        )
        found = self._store.machines.setdefault(arn, wanted)
        if found is not wanted and not _is_same(found, wanted):
            raise ServiceError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
        answer = {"stateMachineArn": arn, "creationDate": found.creation_date}
        if request.get("publish"):
            answer["stateMachineVersionArn"] = found.publish(request.get("versionDescription"), now).arn
        return answer

    def _update(self, request: Request, caller: str | None) -> Request:
        changeable = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration")
        if not any(request.get(name) for name in (*changeable, "encryptionConfiguration")):
            raise ServiceError(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration "
                "or the TracingConfiguration must be specified",
            )
        _check_description(request)
        owner = self._store.require(request["stateMachineArn"])
        definition = request.get("definition") or owner.machine.definition
        role_arn = request.get("roleArn") or owner.machine.role_arn
        check_definition(definition, owner.machine.type)
        kept = {"loggingConfiguration": owner.logging, "encryptionConfiguration": owner.encryption}
        self.roles.check(role_arn, owner.arn, definition, kept | request, caller)
        now = self._clock.time()
        logging = request.get("loggingConfiguration")
        owner.revise(
            definition,
            role_arn,
            now,
            logging=owner.logging if logging is None else NO_LOGGING | logging,
            tracing=request.get("tracingConfiguration") or owner.tracing,
            encryption=request.get("encryptionConfiguration") or owner.encryption,
        )
        answer: Request = {"updateDate": now, **_revision(owner)}
        if request.get("publish"):
            answer["stateMachineVersionArn"] = owner.publish(request.get("versionDescription"), now).arn
        return answer

    def _describe(self, request: Request, _: str | None) -> Request:
        resolved: Resolved = self._store.resolve(request["stateMachineArn"])
        owner, machine = resolved.owner, resolved.machine
        answer = {
            **self.describe(owner, machine),
            "status": "ACTIVE",
            "type": machine.type,
            "creationDate": owner.creation_date,
        }
        if resolved.version is not None:
            answer["stateMachineArn"] = resolved.version.arn
            if resolved.version.description:
                answer["description"] = resolved.version.description
        if request.get("includedData") == "METADATA_ONLY":
            del answer["definition"]
        return answer

    def _list(self, request: Request, _: str | None) -> Request:
        rows = [
            {
                "stateMachineArn": owner.arn,
                "name": owner.machine.name,
                "type": owner.machine.type,
                "creationDate": owner.creation_date,
            }
            for owner in sorted(self._store.machines.values(), key=lambda owner: owner.machine.name)
        ]
        return page("stateMachines", rows, request)

    def _validate(self, request: Request, _: str | None) -> Request:
        has_warnings = request.get("severity") == "WARNING"
        machine_type = request.get("type") or "STANDARD"
        findings = findings_of(request["definition"], machine_type, has_warnings=has_warnings)
        most = request.get("maxResults") or 100
        diagnostics = [
            {
                "severity": finding.severity,
                "code": finding.code,
                "message": finding.message,
                "location": finding.location,
            }
            for finding in findings
        ]
        return {
            "result": "FAIL" if any(found.severity == "ERROR" for found in findings) else "OK",
            "diagnostics": diagnostics[:most],
            "truncated": len(diagnostics) > most,
        }


def _check_description(request: Request) -> None:
    if request.get("versionDescription") and not request.get("publish"):
        raise ServiceError("ValidationException", "Version description can only be set when publish is true")


def _revision(owner: StateMachine) -> Request:
    return {"revisionId": owner.revision_id} if owner.revision_id else {}


def _is_same(found: StateMachine, wanted: StateMachine) -> bool:
    """Whether creating it again changes nothing: AWS compares definitions as texts, but no role or tags."""
    same_configuration = all(getattr(found, name) == getattr(wanted, name) for name in COMPARED_BY_CREATE)
    same_type = found.machine.type == wanted.machine.type
    return same_configuration and same_type and found.machine.definition == wanted.machine.definition
