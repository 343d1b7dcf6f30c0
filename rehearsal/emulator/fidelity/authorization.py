"""What a request has to pass beside IAM's policies: the endpoint's policy, and the keys it makes use of."""

from __future__ import annotations

import contextvars
import json
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.access_log import AccessLog
from rehearsal.emulator.denials import denial
from rehearsal.emulator.fidelity import encryption, message_keys
from rehearsal.emulator.fidelity.endpoints import current_way
from rehearsal.emulator.keys import Keys
from rehearsal.emulator.network import Way

# Services with a name of their own for a denial.
DENIED_CODES = {"sns": "AuthorizationError"}
STATUS_OF_JSON_DENIALS = 400  # of services whose requests name a target, and of KMS; elsewhere it is 403
# The encryption context that a call of KMS itself gives, as condition keys.
_context_of_call: contextvars.ContextVar[dict[str, str] | None] = contextvars.ContextVar(
    "context_of_call", default=None
)
_caller: contextvars.ContextVar[str | None] = contextvars.ContextVar("caller", default=None)


def current_caller() -> str | None:
    """Return the access key that the request at hand is signed with."""
    return _caller.get()


def install(keys: Keys, access_log: AccessLog, account_id: str) -> None:
    """Ask after IAM: a request has to pass all of them. Every decision on a role session's is noted."""
    _read_encryption_contexts()
    enforce = hooks.use("core.iam_evaluator:enforce")
    error = hooks.use("core.iam_evaluator:AuthError")
    sessions = hooks.use("services.sts:_sessions")

    def enforce_all(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        _caller.set(access_key_id)
        if service == "s3" and iam_action.startswith("kms:"):
            refused = encryption.refusal(keys, access_key_id, iam_action, resource_arn)
            return error(encryption.CODES[refused.kind], refused.message) if refused else None
        way = current_way()
        context = {**(service_context or {}), **way.condition_keys(), **(_context_of_call.get() or {})}
        denied = enforce(access_key_id, iam_action, service, region, resource_arn, context)
        if denied is None and way.policy:
            asked = _asked(access_key_id, iam_action, region, resource_arn, context, account_id)
            denied = _endpoint_denial(way, asked)
        if denied is None:
            refusal = message_keys.caller_refusal(keys, access_key_id, iam_action, resource_arn)
            denied = error(*refusal) if refusal else None
        # Keys that other services use for the caller are noted where they are looked up, by their ARN.
        is_by_itself = service == "kms" or not iam_action.startswith("kms:")
        if is_by_itself and (session := sessions.get(access_key_id)):
            access_log.note(session["Arn"], iam_action, resource_arn, is_allowed=denied is None)
        return denied

    hooks.replace("core.iam_evaluator:enforce", enforce_all)
    _answer_denials_as_aws_does()


def _read_encryption_contexts() -> None:
    extract = hooks.use("core.iam_actions:extract_iam_action")

    def extract_and_read(
        service: str, method: str, path: str, headers: Any, body: bytes, query_params: Any
    ) -> Any:
        given = _parsed(body).get("EncryptionContext") if service == "kms" else None
        _context_of_call.set({f"kms:EncryptionContext:{name}": text for name, text in (given or {}).items()})
        return extract(service, method, path, headers, body, query_params)

    hooks.replace("core.iam_actions:extract_iam_action", extract_and_read)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}  # KMS will say so
    return request if isinstance(request, dict) else {}


def _asked(
    access_key_id: str, action: str, region: str, resource: str, context: dict[str, Any], account_id: str
) -> Any:
    principal = hooks.use("core.iam_evaluator:resolve_principal")(access_key_id, account_id)
    return hooks.use("core.iam_evaluator:EvalContext")(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=region,
        service_context={key.lower(): value for key, value in context.items()},
        principal_keys=principal.keys,
    )


def _endpoint_denial(way: Way, asked: Any) -> Any:
    """An endpoint's policy grants nothing: it is one more limit on what passes through it."""
    result = hooks.use("core.iam_evaluator:evaluate_resource_policy")(way.policy, asked)
    if result.decision == "Allow":
        return None
    reason = (
        "with an explicit deny in a VPC endpoint policy"
        if result.decision == "Deny"
        else f"because no VPC endpoint policy allows the {asked.action} action"
    )
    message = (
        f"User: {asked.principal_arn} is not authorized to perform: {asked.action} "
        f"on resource: {asked.resource_arn} {reason}"
    )
    code = DENIED_CODES.get(asked.action.partition(":")[0], "AccessDenied")
    return hooks.use("core.iam_evaluator:AuthError")(code, message)


def _answer_denials_as_aws_does() -> None:
    respond = hooks.use("core.iam_actions:access_denied_response")

    def respond_as_aws(
        service: str,
        action: str,
        principal_arn: str,
        request_id: str,
        *,
        error_code: str = "",
        message: str = "",
        **more: Any,
    ) -> Any:
        if not message and not error_code and not more.get("resource_policy_arn"):
            resource_arn, is_explicit = more.get("resource_arn", "*"), more.get("explicit_deny", False)
            message = denial(service, action, principal_arn, resource_arn, is_explicit=is_explicit)
        asked = (service, action, principal_arn, request_id)
        status, headers, body = respond(*asked, error_code=error_code, message=message, **more)
        is_json = "x-amz-target" in (more.get("headers") or {}) and service != "sqs"
        if is_json or error_code.upper().startswith("KMS"):
            status = STATUS_OF_JSON_DENIALS
        known = "x-amz-request-id" if service == "s3" else "x-amzn-RequestId"
        return status, {known: request_id, **headers}, body

    hooks.replace("core.iam_actions:access_denied_response", respond_as_aws)
