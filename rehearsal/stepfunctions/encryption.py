"""A machine's customer key: what Step Functions asks of it, of callers who read and of the role that runs.

From https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.asl.engine import Engine
from rehearsal.emulator.platform import KeyRefusal, Platform, ServiceError
from rehearsal.stepfunctions.awscall import PRINCIPAL
from rehearsal.stepfunctions.operations import Request
from rehearsal.stepfunctions.store import MachineStore, StateMachine

CUSTOMER_KEY = "CUSTOMER_MANAGED_KMS_KEY"
CONTEXT = "kms:EncryptionContext:aws:states:stateMachineArn"
ACTIVITY_CONTEXT = "kms:EncryptionContext:aws:states:activityArn"
DELIVERY = "delivery.logs.amazonaws.com"
READ, WRITE, LOOK = "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"
# Whose answers hold data, unless only metadata is asked for.
READING = {
    "DescribeExecution",
    "DescribeStateMachine",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "StartSyncExecution",
}
RUNNING: dict[str, tuple[str, ...]] = {
    "RedriveExecution": (READ, WRITE),
    "StartExecution": (READ, WRITE),
    "StartSyncExecution": (READ,),
}


def customer_key(encryption: dict[str, Any] | None) -> str | None:
    """Return the key of an encryptionConfiguration, None where AWS owns it; raises ServiceError."""
    if not encryption:
        return None
    if encryption.get("type", "AWS_OWNED_KEY") != CUSTOMER_KEY:
        if encryption.keys() & {"kmsKeyId", "kmsDataKeyReusePeriodSeconds"}:
            raise _invalid("AWS_OWNED_KEY takes neither kmsKeyId nor kmsDataKeyReusePeriodSeconds")
        return None
    if not encryption.get("kmsKeyId"):
        raise _invalid(f"{CUSTOMER_KEY} needs a kmsKeyId")
    return str(encryption["kmsKeyId"])


class KeyChecks:
    """Asks KMS as Step Functions does; every method raises ServiceError."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def creation(self, role_arn: str, machine_arn: str, key: str, caller: str | None, *, logs: bool) -> None:
        """Check what creating and updating a machine need: of the caller, the role and log delivery."""
        self._require_usable(key, caller)
        self.caller(caller, (LOOK, WRITE), key, **{CONTEXT: machine_arn})
        self.role(role_arn, (READ, WRITE), key, machine_arn)
        if logs:
            self._log_delivery(role_arn, machine_arn, key)

    def activity_creation(self, activity_arn: str, key: str, caller: str | None) -> None:
        """Check what creating an activity needs: its creator may look the key up."""
        self._require_usable(key, caller)
        self.caller(caller, (LOOK,), key, **{ACTIVITY_CONTEXT: activity_arn})

    def caller(self, caller: str | None, actions: tuple[str, ...], key: str, **context: str) -> None:
        """Check a caller, for whom Step Functions asks KMS: through the service."""
        service = f"states.{self._platform.region}.amazonaws.com"
        through = {"kms:ViaService": service, "aws:ViaAWSService": "true"}
        for action in actions:
            _raise(self._platform.key_refusal(caller, action, key, **context, **through))

    def role(
        self, role_arn: str, actions: tuple[str, ...], key: str, machine_arn: str, **context: str
    ) -> None:
        """Check a machine's role, which asks KMS itself: kms:ViaService is not there."""
        session = self._platform.credentials(role_arn, PRINCIPAL, "key-check", machine_arn)
        wanted = context or {CONTEXT: machine_arn}
        for action in actions:
            _raise(self._platform.key_refusal(session.access_key_id, action, key, **wanted))

    def _require_usable(self, key: str, caller: str | None) -> None:
        unusable = self._platform.key_refusal(caller, LOOK, key)
        if unusable and unusable.kind != "AccessDenied":
            raise _invalid(unusable.message)

    def _log_delivery(self, role_arn: str, machine_arn: str, key: str) -> None:
        """The role encrypts what is logged, log delivery opens it, in one encryption context."""
        region, account_id = self._platform.region, self._platform.account_id
        context = {"kms:EncryptionContext:SourceArn": f"arn:aws:logs:{region}:{account_id}:*"}
        self.role(role_arn, (WRITE,), key, machine_arn, **context)
        _raise(self._platform.service_key_refusal(DELIVERY, READ, key, **context))


class MachineKeys:
    """The keys of the machines there are, asked before a request is answered."""

    def __init__(self, platform: Platform, store: MachineStore, engine: Engine) -> None:
        self._checks = KeyChecks(platform)
        self._store = store
        self._engine = engine

    def check(self, action: str, request: Request, caller: str | None) -> None:
        """Raise ServiceError where the caller or the machine's role can't use a key that is needed."""
        if action not in READING and action not in RUNNING:
            return
        owner = self._owner(request)
        key = customer_key(owner.encryption) if owner else None
        if owner is None or key is None:
            return
        if action in READING and request.get("includedData") != "METADATA_ONLY":
            self._checks.caller(caller, (READ,), key, **{CONTEXT: owner.arn})
        if action in RUNNING:
            self._checks.role(owner.machine.role_arn, RUNNING[action], key, owner.arn)

    def _owner(self, request: Request) -> StateMachine | None:
        if "stateMachineArn" in request:
            return self._store.resolve(request["stateMachineArn"]).owner
        execution = self._engine.executions.get(request.get("executionArn", ""))
        machine_arn = execution.machine_arn.partition("/")[0] if execution else ""
        return self._store.machines.get(machine_arn)


def _invalid(reason: str) -> ServiceError:
    return ServiceError("InvalidEncryptionConfiguration", f"Invalid Encryption Configuration: {reason}")


def _raise(refused: KeyRefusal | None) -> None:
    if refused is None:
        return
    code = "KmsAccessDeniedException" if refused.kind == "AccessDenied" else "KmsInvalidStateException"
    raise ServiceError(code, refused.message)
