"""Encrypted topics, queues and tables need their key of those who use them, and of services that deliver."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.keys import Keys, KeyUse
from rehearsal.emulator.platform import KeyRefusal
from rehearsal.emulator.sessions import Sessions

log = logging.getLogger(__name__)

SENDING = ("kms:GenerateDataKey", "kms:Decrypt")
RECEIVING = ("kms:Decrypt",)
# What a call needs of the key of the topic, queue or table that it names.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "sns:Publish": SENDING,
    "sqs:SendMessage": SENDING,
    "sqs:ReceiveMessage": RECEIVING,
    # DynamoDB opens the table's key for each caller anew.
    "dynamodb:BatchGetItem": RECEIVING,
    "dynamodb:BatchWriteItem": RECEIVING,
    "dynamodb:ConditionCheckItem": RECEIVING,
    "dynamodb:DeleteItem": RECEIVING,
    "dynamodb:GetItem": RECEIVING,
    "dynamodb:PutItem": RECEIVING,
    "dynamodb:Query": RECEIVING,
    "dynamodb:Scan": RECEIVING,
    "dynamodb:UpdateItem": RECEIVING,
}
CODES: Mapping[str, Mapping[str, str]] = {
    "sns": {
        "NotFound": "KMSNotFound",
        "Disabled": "KMSDisabled",
        "InvalidState": "KMSInvalidState",
        "AccessDenied": "KMSAccessDenied",
    },
    "sqs": {
        "NotFound": "KMS.NotFoundException",
        "Disabled": "KMS.DisabledException",
        "InvalidState": "KMS.InvalidStateException",
        "AccessDenied": "KMS.AccessDeniedException",
    },
    "dynamodb": dict.fromkeys(("NotFound", "Disabled", "InvalidState", "AccessDenied"), "AccessDenied"),
}


@dataclass(frozen=True)
class Lock:
    """The key of a resource and the context that its service encrypts with."""

    service: str
    key: str
    context: Mapping[str, str]

    def uses(self, actions: tuple[str, ...], conditions: Mapping[str, str]) -> Iterator[KeyUse]:
        """Yield the uses of the key that these actions are."""
        for action in actions:
            yield KeyUse(
                action=action,
                key=self.key,
                via=self.service,
                encryption_context=self.context,
                conditions=conditions,
            )


def caller_refusal(keys: Keys, access_key_id: str, action: str, arn: str) -> tuple[str, str] | None:
    """Return code and message where the caller of an allowed API call may not use the resource's key."""
    needed = NEEDS.get(action)
    lock = lock_of(arn) if needed else None
    if needed is None or lock is None:
        return None
    for use in lock.uses(needed, {}):
        refused = keys.refusal(access_key_id, use)
        if refused:
            return CODES[lock.service][refused.kind], refused.message
    return None


def service_refusal(keys: Keys, service: str, arn: str, conditions: Mapping[str, str]) -> KeyRefusal | None:
    """Return why a service principal can't deliver to an encrypted topic or queue, None where it can.

    `conditions` is what the service says of itself: aws:SourceArn and aws:SourceAccount, where it does.
    """
    lock = lock_of(arn)
    uses = lock.uses(SENDING, conditions) if lock else ()
    return next((refused for use in uses if (refused := keys.service_refusal(service, use))), None)


def role_refusal(
    sessions: Sessions, role: tuple[str, str], arn: str, actions: tuple[str, ...], source_arn: str = ""
) -> KeyRefusal | None:
    """Return why a role, given with the service that assumes it, can't use the key of a topic or queue."""
    lock = lock_of(arn)
    if lock is None:
        return None
    session = sessions.credentials(*role, "policy-check", source_arn)
    refusals = (sessions.keys.refusal(session.access_key_id, use) for use in lock.uses(actions, {}))
    return next((refused for refused in refusals if refused), None)


def lock_of(arn: str) -> Lock | None:
    """Return the customer's key of a topic, queue or table, None where AWS owns the key."""
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service == "sns":
        topic = hooks.use("services.sns:_topic_by_arn_any_scope")(arn) or {}
        key = (topic.get("attributes") or {}).get("KmsMasterKeyId")
        return Lock(service, key, {"aws:sns:topicArn": arn}) if key else None
    if service == "sqs":
        queue = hooks.use("services.sqs:_queue_by_arn")(arn) or {}
        key = (queue.get("attributes") or {}).get("KmsMasterKeyId")
        return Lock(service, key, {"aws:sqs:arn": arn}) if key else None
    if service == "dynamodb":
        return _table_lock(arn)
    return None


def _table_lock(arn: str) -> Lock | None:
    name = arn.partition(":table/")[2].partition("/")[0]
    table: dict[str, Any] = hooks.use("services.dynamodb:_tables").get(name) or {}
    key = (table.get("SSEDescription") or {}).get("KMSMasterKeyArn")
    context = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": arn.split(":")[4]}
    return Lock("dynamodb", key, context) if key else None


def install(keys: Keys) -> None:
    """Let SNS deliver to encrypted queues only where the queue's key lets it."""
    deliver = hooks.use("services.sns:_deliver_to_sqs")

    def deliver_if_permitted(endpoint: str, envelope: str, *message: Any, **more: Any) -> None:
        refused = service_refusal(keys, "sns.amazonaws.com", endpoint, {}) if hooks.use("app:AUTH") else None
        if refused:
            log.warning("a message wasn't delivered to %s: %s", endpoint, refused.message)
            return
        deliver(endpoint, envelope, *message, **more)

    hooks.replace("services.sns:_deliver_to_sqs", deliver_if_permitted)
