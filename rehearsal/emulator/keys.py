"""KMS keys as the services that encrypt with them find them: there, usable, and open to whoever asks.

A key's own policy has to let the caller in, by name or by leaving it to IAM (the statement for the account's
root); see https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rehearsal.emulator import hooks
from rehearsal.emulator.access_log import AccessLog
from rehearsal.emulator.platform import KeyRefusal

Record = dict[str, Any]
# AWS's own keys (alias/aws/s3) are open to the whole account through the service that keeps them.
MANAGED_ALIAS = "alias/aws/"
BY_STATE: dict[str, tuple[Literal["Disabled", "InvalidState"], str]] = {
    "Disabled": ("Disabled", "is disabled."),
    "PendingDeletion": ("InvalidState", "is pending deletion."),
    "PendingImport": ("InvalidState", "is pending import."),
    "PendingReplicaDeletion": ("InvalidState", "is pending replica deletion."),
}


@dataclass(frozen=True, kw_only=True)
class KeyUse:
    """One action on a key (id, ARN or alias) that a service asks for on somebody's behalf."""

    action: str
    key: str
    via: str = ""  # the service's prefix in kms:ViaService, empty where nobody stands between
    encryption_context: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)

    def condition_keys(self, account_id: str, region: str) -> dict[str, Any]:
        """Return what conditions of policies see of this use, by lower-case key."""
        keys: dict[str, Any] = {"kms:calleraccount": account_id}
        keys |= {
            f"kms:encryptioncontext:{name}".lower(): text for name, text in self.encryption_context.items()
        }
        if self.encryption_context:
            keys["kms:encryptioncontextkeys"] = list(self.encryption_context)
        if self.via:
            keys |= {"kms:viaservice": f"{self.via}.{region}.amazonaws.com", "aws:viaawsservice": "true"}
        if "alias/" in self.key:
            keys["kms:requestalias"] = self.key[self.key.index("alias/") :]
        return keys | {name.lower(): text for name, text in self.conditions.items()}


class Keys:
    """Evaluates key policies, identity policies and grants together; safe on any thread."""

    def __init__(self, account_id: str, region: str, access_log: AccessLog) -> None:
        self._account_id = account_id
        self._region = region
        self._access_log = access_log

    def arn(self, key: str) -> str:
        """Return the ARN of a key by any of its names; an unknown name is taken for an id."""
        record = _record(key)
        if record is not None:
            return str(record["Arn"])
        return key if key.startswith("arn:") else f"arn:aws:kms:{self._region}:{self._account_id}:key/{key}"

    def refusal(self, access_key_id: str, use: KeyUse) -> KeyRefusal | None:
        """Return why the caller with this access key can't use a key so, None where it can."""
        record = _usable(use.key)
        if record is None or isinstance(record, KeyRefusal):
            return record
        principal = hooks.use("core.iam_evaluator:resolve_principal")(access_key_id, self._account_id)
        if isinstance(principal, hooks.use("core.iam_evaluator:AuthError")):
            return KeyRefusal("AccessDenied", str(principal.message))
        request = self._request(record, use, principal.arn, principal.type, principal.keys)
        denial = self._denial(record, request, principal, use)
        self._access_log.note(principal.arn, use.action, record["Arn"], is_allowed=denial is None)
        return denial

    def service_refusal(self, service: str, use: KeyUse) -> KeyRefusal | None:
        """Return why a service principal can't use a key: only the key's policy or a grant lets it in."""
        record = _usable(use.key)
        if record is None or isinstance(record, KeyRefusal):
            return record
        request = self._request(record, use, service, "Service", {})
        evaluate = hooks.use("core.iam_evaluator:evaluate_resource_policy")
        decision = evaluate(record["Policy"], request, service=service).decision
        is_allowed = decision == "Allow" or (decision != "Deny" and _has_grant(record, use, service))
        self._access_log.note(service, use.action, record["Arn"], is_allowed=is_allowed)
        if is_allowed:
            return None
        reason = f"because no resource-based policy allows the {use.action} action"
        return _denied(service, use, record, reason)

    def _denial(self, record: Record, request: Any, principal: Any, use: KeyUse) -> KeyRefusal | None:
        identity = self._identity_result(request, principal)
        combine = hooks.use("core.iam_evaluator:combine_resource_policy")
        is_within = identity.decision == "Allow"
        result = combine(
            identity,
            request,
            record["Policy"],
            self._account_id,
            required=True,
            limits=tuple(principal.limits),
        )
        if result.decision == "Allow":
            return None
        if result.decision == "Deny":
            where = "a resource-based policy" if result.resource_policy_arn else "an identity-based policy"
            return _denied(principal.arn, use, record, f"with an explicit deny in {where}")
        if _has_grant(record, use, principal.arn):
            return None
        lacking = "resource-based policy" if is_within else "identity-based policy"
        return _denied(principal.arn, use, record, f"because no {lacking} allows the {use.action} action")

    @staticmethod
    def _identity_result(request: Any, principal: Any) -> Any:
        if principal.policies is None:  # the account's root: IAM doesn't limit it, the key's policy does
            return hooks.use("core.iam_evaluator:EvalResult")("Allow", principal.arn)
        return hooks.use("core.iam_evaluator:evaluate")(request, principal.policies, *principal.limits)

    def _request(
        self, record: Record, use: KeyUse, arn: str, kind: str, principal_keys: dict[str, Any]
    ) -> Any:
        return hooks.use("core.iam_evaluator:EvalContext")(
            principal_arn=arn,
            principal_type=kind,
            principal_account=self._account_id,
            action=use.action,
            resource_arn=record["Arn"],
            region=self._region,
            service_context=use.condition_keys(self._account_id, self._region),
            principal_keys=principal_keys,
        )


def _record(key: str) -> Record | None:
    found: Record | None = hooks.use("services.kms:_resolve_key")(key)
    return found


def _usable(key: str) -> Record | KeyRefusal | None:
    """The key's record, or why there is none to use; None for AWS's own keys, which are always open."""
    record = _record(key)
    if record is not None:
        if record["KeyState"] in BY_STATE:
            kind, text = BY_STATE[record["KeyState"]]
            return KeyRefusal(kind, f"{record['Arn']} {text}")
        return record
    if MANAGED_ALIAS in key:
        return None
    noun = "Alias" if "alias/" in key else "Key"
    return KeyRefusal("NotFound", f"{noun} {key!r} does not exist")


def _has_grant(record: Record, use: KeyUse, principal_arn: str) -> bool:
    """Whether a grant gives the principal, or the role of its session, this operation in this context."""
    granted = hooks.use("services.kms:_grants").values()
    return any(
        grant["KeyId"] == record["Arn"]
        and use.action.removeprefix("kms:") in grant["Operations"]
        and grant["GranteePrincipal"] in (principal_arn, _role_of(principal_arn))
        and _meets(grant.get("Constraints") or {}, use.encryption_context)
        for grant in granted
    )


def _meets(constraints: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    equals, subset = constraints.get("EncryptionContextEquals"), constraints.get("EncryptionContextSubset")
    return (equals is None or dict(equals) == dict(context)) and dict(subset or {}).items() <= context.items()


def _role_of(principal_arn: str) -> str:
    """The role of an assumed-role session; any other principal stays what it is."""
    head, found, session = principal_arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{session.partition('/')[0]}" if found else principal_arn


def _denied(principal: str, use: KeyUse, record: Record, reason: str) -> KeyRefusal:
    return KeyRefusal(
        "AccessDenied",
        f"User: {principal} is not authorized to perform: {use.action} on resource: {record['Arn']} {reason}",
    )
