"""The customer key of a function's environment: who may set it, and who opens it when a sandbox starts.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html

Lambda opens the environment as the function's role: by its policies, or by a grant that Lambda makes for it,
if its maker may, when the function is created. That grant is lost with a role that is made anew, so here the
role's own policies have to do.
"""

from __future__ import annotations

from typing import Any

from rehearsal.emulator.fidelity.authorization import current_caller
from rehearsal.emulator.platform import KeyRefusal, Platform, ServiceError

PRINCIPAL = "lambda.amazonaws.com"
CONFIGURING = ("kms:CreateGrant", "kms:Encrypt")
CODES = {
    "AccessDenied": "KMSAccessDeniedException",
    "Disabled": "KMSDisabledException",
    "InvalidState": "KMSInvalidStateException",
    "NotFound": "KMSNotFoundException",
}


def require_configurable(platform: Platform, key: str | None) -> None:
    """Raise ServiceError where whoever creates a function, or changes its key, may not use it so."""
    for action in CONFIGURING if key else ():
        refused = platform.key_refusal(current_caller(), action, str(key), **_through(platform))
        if refused:
            raise ServiceError(
                "InvalidParameterValueException",
                "Lambda was unable to configure access to your environment variables because of the KMS key. "
                f"KMS Exception: {refused.kind} KMS Message: {refused.message}",
            )


def unopened(platform: Platform, config: dict[str, Any]) -> dict[str, Any] | None:
    """What an invocation is answered with where the role can't open the environment; None where it can.

    AWS asks when a sandbox starts and answers with HTTP 502. Here every invocation asks, and the answer has
    the status of a throttled one, 429, which is all that ministack knows; boto3 tries both again.
    """
    key = config.get("KMSKeyArn")
    if not key:
        return None
    arn = config.get("FunctionArn", "")
    session = platform.credentials(config["Role"], PRINCIPAL, "environment", arn)
    refused = platform.key_refusal(session.access_key_id, "kms:Decrypt", key, **_through(platform))
    return _answer(refused) if refused else None


def _through(platform: Platform) -> dict[str, str]:
    return {"kms:ViaService": f"lambda.{platform.region}.amazonaws.com", "aws:ViaAWSService": "true"}


def _answer(refused: KeyRefusal) -> dict[str, Any]:
    message = (
        "Lambda was unable to decrypt the environment variables. Check the function's KMS key settings. "
        f"KMS Exception: {refused.kind} KMS Message: {refused.message}"
    )
    return {"throttle": True, "error": True, "body": {"__type": CODES[refused.kind], "message": message}}
