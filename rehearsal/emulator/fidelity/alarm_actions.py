"""An alarm publishes only where the topic's policy and, if it is encrypted, its key let CloudWatch do so."""

from __future__ import annotations

import logging
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.embedded import EmbeddedPlatform
from rehearsal.emulator.fidelity import message_keys

log = logging.getLogger(__name__)

PRINCIPAL = "cloudwatch.amazonaws.com"
FIELDS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


def permitted(platform: EmbeddedPlatform, alarm: dict[str, Any], new_state: str) -> dict[str, Any]:
    """Return the alarm with those actions for its new state that nothing forbids."""
    name = FIELDS.get(new_state, "")
    actions = alarm.get(name) or []
    if not actions or not hooks.use("app:AUTH"):
        return alarm
    refusals = {arn: _refusal(platform, str(alarm.get("AlarmArn", "")), arn) for arn in actions}
    for arn, reason in refusals.items():
        if reason:
            log.warning("alarm %s doesn't reach %s: %s", alarm.get("AlarmName"), arn, reason)
    return {**alarm, name: [arn for arn in actions if not refusals[arn]]}


def _refusal(platform: EmbeddedPlatform, alarm_arn: str, arn: str) -> str | None:
    if ":sns:" not in arn:
        return None
    allows = hooks.use("services.sns:topic_policy_allows")
    if not allows(arn, PRINCIPAL, alarm_arn, platform.account_id):
        return f"the topic's policy doesn't let {PRINCIPAL} publish"
    source = {"aws:SourceArn": alarm_arn, "aws:SourceAccount": platform.account_id}
    refused = message_keys.service_refusal(platform.sessions.keys, PRINCIPAL, arn, source)
    return refused.message if refused else None
