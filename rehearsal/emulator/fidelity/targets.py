"""EventBridge and Scheduler reach a target only where AWS would let them: by a role or the target's policy.

What isn't allowed counts as FailedInvocations and goes to the target's dead-letter queue, if it has one.
"""

from __future__ import annotations

import logging
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.deliveries import Deliveries
from rehearsal.emulator.embedded import EmbeddedPlatform
from rehearsal.emulator.faults import Faults
from rehearsal.emulator.fidelity import message_keys
from rehearsal.emulator.fidelity.invocations import may_invoke
from rehearsal.emulator.platform import KeyRefusal

log = logging.getLogger(__name__)

ROLE_ACTIONS = {
    "states": "states:StartExecution",
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "events": "events:PutEvents",
    "sagemaker": "sagemaker:StartPipelineExecution",
}
# These need a role on the target of a rule; the others have policies of their own.
NEEDS_ROLE = {"states", "sagemaker"}

Target = dict[str, Any]


def install(platform: EmbeddedPlatform, faults: Faults) -> None:
    """Ask before every delivery of a rule or schedule; deliver as unreliably as a rehearsal wants."""
    invoke = Deliveries(faults, hooks.use("services.eventbridge:_invoke_target"))

    def invoke_if_permitted(
        target: Target, event: dict[str, Any], rule: dict[str, Any], view: Any = None
    ) -> None:
        reason = refusal(platform, target, rule)
        if reason is None:
            invoke(target, event, rule, view)
            return
        name = rule.get("Name", "")
        log.warning("rule %s: target %s not reached: %s", name, target.get("Arn"), reason)
        platform.put_metric("AWS/Events", "FailedInvocations", 1, {"RuleName": name}, "Count")
        letter = _dead_letter(target, rule)
        if letter:
            lost = refusal(platform, letter, rule)
            if lost is None:
                invoke(letter, event, rule, view)
            else:
                log.warning("rule %s: the dead letter is lost: %s", name, lost)

    hooks.replace("services.eventbridge:_invoke_target", invoke_if_permitted)


def _dead_letter(target: Target, rule: dict[str, Any]) -> Target | None:
    """The queue for what doesn't arrive; a schedule reaches it by its role, a rule by the queue's policy."""
    arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not arn:
        return None
    has_role = ":scheduler:" in rule.get("Arn", "")
    return {"Id": "dead-letter", "Arn": arn, **({"RoleArn": target.get("RoleArn")} if has_role else {})}


def refusal(platform: EmbeddedPlatform, target: Target, rule: dict[str, Any]) -> str | None:
    """Return why the rule or schedule may not reach its target, None where it may."""
    if not hooks.use("app:AUTH"):
        return None
    arn, source_arn = target.get("Arn", ""), rule.get("Arn", "")
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    principal = "scheduler.amazonaws.com" if ":scheduler:" in source_arn else "events.amazonaws.com"
    if target.get("RoleArn") and service in ROLE_ACTIONS:
        # Scheduler presents its group, EventBridge the rule.
        context = {"aws:SourceArn": _group_arn(source_arn)}
        role_arn, action = target["RoleArn"], ROLE_ACTIONS[service]
        denial = platform.is_allowed(role_arn, principal, action, arn, **context)
        if denial:
            return denial
        role, sending = (role_arn, principal), message_keys.SENDING
        source_arn = context["aws:SourceArn"]
        return _message(message_keys.role_refusal(platform.sessions, role, arn, sending, source_arn))
    if service in NEEDS_ROLE:
        return f"a {service} target needs a RoleArn"
    if not _policy_allows(platform, service, arn, principal, source_arn):
        return f"{arn} has no policy for it"
    # Neither rules nor schedules say to KMS which of them it is.
    return _message(message_keys.service_refusal(platform.sessions.keys, principal, arn, {}))


def _message(refused: KeyRefusal | None) -> str | None:
    return refused.message if refused else None


def _policy_allows(
    platform: EmbeddedPlatform, service: str, arn: str, principal: str, source_arn: str
) -> bool:
    if service == "lambda":
        return may_invoke(platform, arn, principal, source_arn)
    if service == "sqs":
        allows = hooks.use("services.sqs:queue_policy_allows")
        return bool(allows(arn, principal, source_arn, platform.account_id))
    if service == "sns":
        allows = hooks.use("services.sns:topic_policy_allows")
        return bool(allows(arn, principal, source_arn, platform.account_id))
    return True


def _group_arn(source_arn: str) -> str:
    """The group of a schedule (…:schedule/GROUP/NAME); a rule's ARN stays what it is."""
    prefix, found, path = source_arn.partition(":schedule/")
    return f"{prefix}:schedule-group/{path.partition('/')[0]}" if found else source_arn
