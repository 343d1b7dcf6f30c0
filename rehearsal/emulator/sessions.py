"""Role sessions as AWS services get them, and the questions that IAM answers about them.

ministack lets only root stand for a service principal, so the trust policy is read here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.access_log import AccessLog
from rehearsal.emulator.denials import denial
from rehearsal.emulator.keys import Keys, KeyUse
from rehearsal.emulator.network import Network, Placement
from rehearsal.emulator.platform import Credentials, KeyRefusal, ServiceError

ENCRYPTION_CONTEXT = "kms:EncryptionContext:"


class Sessions:
    """Opens role sessions and evaluates policies inside the emulator's process; safe on any thread."""

    def __init__(self, account_id: str, region: str, access_log: AccessLog | None = None) -> None:
        self.access_log = access_log or AccessLog()
        self.keys = Keys(account_id, region, self.access_log)
        self.network = Network(region)
        self._account_id = account_id
        self._region = region

    def credentials(
        self,
        role_arn: str,
        service: str,
        session_name: str,
        source_arn: str,
        vpc: Mapping[str, Any] | None = None,
    ) -> Credentials:
        """Open a session of `role_arn` for a service principal, the same one for the same arguments.

        What is called with it comes from inside the VPC of a VpcConfig, where one is given.
        """
        self._require_trust(role_arn, service, source_arn)
        role_name = role_arn.rsplit("/", 1)[-1]
        placement = Placement.of(vpc)
        asked = f"{self._account_id} {role_arn} {service} {session_name} {placement}"
        digest = hashlib.sha256(asked.encode()).hexdigest()
        credentials = Credentials(
            access_key_id=f"ASIA{digest[:16].upper()}",
            secret_access_key=hashlib.sha256(f"secret {digest}".encode()).hexdigest(),
            session_token=hashlib.sha256(f"token {digest}".encode()).hexdigest(),
        )
        if credentials.access_key_id not in hooks.use("services.sts:_sessions"):
            hooks.use("services.sts:register_session")(
                credentials.access_key_id,
                {
                    "Arn": f"arn:aws:sts::{self._account_id}:assumed-role/{role_name}/{session_name}",
                    "UserId": f"AROA{role_name.upper()[:16]}:{session_name}",
                    "SecretAccessKey": credentials.secret_access_key,
                    "SessionToken": credentials.session_token,
                    "AccountId": self._account_id,
                    "PrincipalType": "AssumedRole",
                },
            )
        self.network.place(credentials.access_key_id, placement if hooks.use("app:AUTH") else None)
        return credentials

    def network_fault(self, vpc: Mapping[str, Any]) -> str | None:
        """Return what is wrong with a VpcConfig, None where its subnets and groups fit together."""
        placement = Placement.of(vpc) if hooks.use("app:AUTH") else None
        return self.network.fault(placement) if placement else None

    def caller_name(self, access_key_id: str | None) -> str:
        """Return the name of the role, for any of its sessions, or of the user; root's is `root`."""
        session = hooks.use("services.sts:_sessions").get(access_key_id or "")
        if session is not None:
            return str(session["Arn"]).split("/")[1]
        principal = hooks.use("core.iam_evaluator:resolve_principal")(access_key_id or "", self._account_id)
        return re.split("[/:]", str(getattr(principal, "arn", "")))[-1]

    def require_permission(self, access_key_id: str | None, action: str, resource: str) -> None:
        """Raise AccessDeniedException unless the caller may do the action on the resource."""
        denial = self._denial(access_key_id or "", action, resource, {})
        if denial:
            raise ServiceError("AccessDeniedException", denial)

    def require_pass_role(self, access_key_id: str | None, role_arn: str, service: str) -> None:
        """Raise AccessDeniedException unless the caller may pass the role to the service principal."""
        denial = self._denial(access_key_id or "", "iam:PassRole", role_arn, {"iam:passedtoservice": service})
        if denial:
            raise ServiceError("AccessDeniedException", denial)

    def is_allowed(
        self, role_arn: str, service: str, action: str, resource: str, **context: str
    ) -> str | None:
        """Return None where the role, assumed by the service, may do the action; else the reason."""
        source_arn = context.get("aws:SourceArn", "")
        try:
            session = self.credentials(role_arn, service, "policy-check", source_arn)
        except ServiceError as refused:
            return refused.message
        keys = {key.lower(): value for key, value in context.items()}
        return self._denial(session.access_key_id, action, resource, keys)

    def key_refusal(
        self, access_key_id: str | None, action: str, key: str, **context: str
    ) -> KeyRefusal | None:
        """Return why the caller can't use a key, None where it can."""
        if not hooks.use("app:AUTH"):
            return None
        return self.keys.refusal(access_key_id or "", _key_use(action, key, context))

    def service_key_refusal(self, service: str, action: str, key: str, **context: str) -> KeyRefusal | None:
        """Return why a service principal can't use a key, None where the key's policy lets it."""
        if not hooks.use("app:AUTH"):
            return None
        return self.keys.service_refusal(service, _key_use(action, key, context))

    def resource_policy_allows(
        self, policy: dict[str, Any], service: str, action: str, resource: str, source_arn: str
    ) -> bool:
        """Whether a resource's own policy lets a service principal do the action for `source_arn`."""
        context = self._service_context(service, action, resource, source_arn)
        evaluate = hooks.use("core.iam_evaluator:evaluate_resource_policy")
        return bool(evaluate(policy, context, service=service).decision == "Allow")

    def _denial(self, access_key_id: str, action: str, resource: str, context: dict[str, str]) -> str | None:
        if not hooks.use("app:AUTH"):
            return None
        if action.startswith("kms:"):
            refused = self.keys.refusal(access_key_id, _key_use(action, resource, context))
            return refused.message if refused else None
        principal = hooks.use("core.iam_evaluator:resolve_principal")(access_key_id, self._account_id)
        if isinstance(principal, hooks.use("core.iam_evaluator:AuthError")):
            return str(principal.message)
        if principal.policies is None:  # the account's root
            return None
        request = hooks.use("core.iam_evaluator:EvalContext")(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=action,
            resource_arn=resource,
            region=self._region,
            service_context=context,
            principal_keys=principal.keys,
        )
        decision = hooks.use("core.iam_evaluator:evaluate")(request, principal.policies, *principal.limits)
        is_allowed = decision.decision == "Allow"
        self.access_log.note(principal.arn, action, resource, is_allowed=is_allowed)
        if is_allowed:
            return None
        service = action.partition(":")[0]
        return denial(service, action, principal.arn, resource, is_explicit=decision.decision == "Deny")

    def _require_trust(self, role_arn: str, service: str, source_arn: str) -> None:
        if not hooks.use("app:AUTH"):
            return
        account_id, _, role_path = role_arn.partition(":role/")
        role = hooks.use("services.iam:_roles").get_scoped(
            account_id.rpartition(":")[2], None, role_path.rpartition("/")[2]
        )
        if role is None:
            raise ServiceError(
                "AccessDeniedException",
                f"{service} can't assume {role_arn}: there is no such role. Remedy: create it through IAM "
                f"first, with a trust policy for {service}, or start the embedded AWS with --without-iam.",
            )
        context = self._service_context(service, "sts:AssumeRole", role_arn, source_arn)
        if not _trusts(role["AssumeRolePolicyDocument"], service, context):
            raise ServiceError(
                "AccessDeniedException",
                f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
            )

    def _service_context(self, service: str, action: str, resource: str, source_arn: str) -> Any:
        return hooks.use("core.iam_evaluator:EvalContext")(
            principal_arn=service,
            principal_type="Service",
            principal_account=self._account_id,
            action=action,
            resource_arn=resource,
            region=self._region,
            service_context={"aws:sourceaccount": self._account_id, "aws:sourcearn": source_arn},
        )


def _key_use(action: str, key: str, context: dict[str, str]) -> KeyUse:
    """A use of a key from condition keys: those of the encryption context stand for the context itself."""
    prefix = ENCRYPTION_CONTEXT.lower()
    named = {name[len(prefix) :]: text for name, text in context.items() if name.lower().startswith(prefix)}
    others = {name: text for name, text in context.items() if not name.lower().startswith(prefix)}
    return KeyUse(action=action, key=key, encryption_context=named, conditions=others)


def _trusts(document: str | dict[str, Any], service: str, context: Any) -> bool:
    """Whether a trust policy lets the service principal in: an Allow that applies and no Deny that does."""
    policy = json.loads(document) if isinstance(document, str) else document
    effects = {
        statement["Effect"]
        for statement in _as_list(policy["Statement"])
        if _applies(statement, service, context)
    }
    return effects == {"Allow"}


def _applies(statement: dict[str, Any], service: str, context: Any) -> bool:
    principal = statement.get("Principal", {})
    named = _as_list(principal.get("Service", [])) if isinstance(principal, dict) else []
    assumes = {"sts:AssumeRole", "sts:*", "*"} & set(_as_list(statement.get("Action", [])))
    if service not in named or not assumes:
        return False
    conditions = statement.get("Condition", {})
    return bool(hooks.use("core.iam_evaluator:_conditions_met")(conditions, context))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
