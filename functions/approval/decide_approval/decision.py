"""Whether a decision may be taken: once, in time, with a reason, about the report that was looked at, and not
by the person who started the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.document import Document, read_document
from contracts.failures import ApprovalConflict, ApprovalExpired, ContextRejected

STATES = {"approve": "APPROVED", "reject": "REJECTED"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a caller asks for: a decision, the reason for it, and the report it is about."""

    decision: str
    reason: str
    report_sha256: str

    @classmethod
    def from_body(cls, body: str | None) -> Asked:
        """Reads the request's JSON body; raises ContextRejected naming the field."""
        try:
            value = json.loads(body or "")
        except ValueError:
            raise ContextRejected("the body is not JSON: send decision, reason and report_sha256") from None
        return read_document(value, "decision", ContextRejected, cls.read)

    @classmethod
    def read(cls, document: Document) -> Asked:
        """Reads `decision`, `reason` and `report_sha256`."""
        return cls(
            decision=document.one_of("decision", STATES),
            reason=document.text("reason", r"(?s)\s*\S.{0,999}"),
            report_sha256=document.text("report_sha256", "[0-9a-f]{64}"),
        )


def is_replay(item: Mapping[str, Any], asked: Asked, caller_arn: str) -> bool:
    """Whether this very decision was taken already: it is answered again and changes nothing."""
    return item["state"] == STATES[asked.decision] and item.get("decided_by") == caller_arn


def require_allowed(
    item: Mapping[str, Any], asked: Asked, caller_arn: str, now_seconds: int, *, can_starter_approve: bool
) -> None:
    """Refuses what may not be: ApprovalConflict or ApprovalExpired, each saying why."""
    if item["state"] in STATES.values():
        raise ApprovalConflict(
            f"{item['decided_by']} has decided {item['state']} already: start a new run to decide again"
        )
    if item["state"] == "WITHDRAWN":
        raise ApprovalExpired("the run ended before anybody decided: start a new run")
    if item["state"] != "PENDING" or now_seconds >= int(item["expires_at"]):
        raise ApprovalExpired("nobody decided in time and the run went on without: start a new run")
    if asked.report_sha256 != item["report_sha256"]:
        raise ApprovalConflict(
            f"report_sha256 is {asked.report_sha256}, the report under decision has {item['report_sha256']}: "
            "read the current report and decide on that"
        )
    if asked.decision == "approve" and not can_starter_approve and is_starter(item, caller_arn):
        raise ApprovalConflict(
            f"{caller_arn} started this run and may not approve its model: ask another approver"
        )


def is_starter(item: Mapping[str, Any], caller_arn: str) -> bool:
    """Whether the caller started the run, by the ARN or by the session or user name that ends it."""
    starter = str(item["requested_by"])
    return starter in (caller_arn, caller_arn.rsplit("/", 1)[-1])


def audit_record(
    item: Mapping[str, Any], asked: Asked | None, caller_arn: str, now_seconds: int, outcome: str
) -> dict[str, Any]:
    """The immutable record of one attempt to decide, refused ones included; it holds no token."""
    kept = ("approval_id", "run_id", "run_arn", "package_arn", "report_uri", "report_sha256", "requested_by")
    return {
        **{name: item[name] for name in kept if name in item},
        "decision": asked.decision if asked else None,
        "reason": asked.reason if asked else None,
        "caller_arn": caller_arn,
        "at": now_seconds,
        "outcome": outcome,
    }


def visible(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a caller may see of a request: everything but the token."""
    return {name: value for name, value in item.items() if name != "token"}
