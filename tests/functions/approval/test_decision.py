"""Who may decide, when, about what; and that nobody but Step Functions ever sees the token."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.failures import ApprovalConflict, ApprovalExpired, ContextRejected, Failure
from functions.approval.decide_approval import decision
from functions.approval.request_approval.notice import Request

ADA, BOB = "arn:aws:sts::1:assumed-role/approver/ada", "arn:aws:sts::1:assumed-role/approver/bob"
DIGEST = "a" * 64
ITEM: dict[str, Any] = {
    "approval_id": "id-1",
    "token": "secret",
    "state": "PENDING",
    "run_id": "run-1",
    "report_sha256": DIGEST,
    "requested_by": "ada",
    "expires_at": 1000,
}
EVENT: dict[str, Any] = {
    "token": "secret",
    "run": {"id": "run-1", "arn": "arn:run-1", "pipeline": "p", "trigger": "manual", "reason": "a"},
    "approval": {"timeout_seconds": 7200, "requested_by": "ada"},
    "evaluation": {
        "package_arn": "arn:package",
        "report_uri": "s3://a/report.json",
        "report_sha256": DIGEST,
        "verdict": {"decision": "review", "reasons": ["f1 below", "auc better"]},
    },
    "shift": {"is_flagged": False, "count": 0, "features": []},
}


def asked(what: str = "approve", sha256: str = DIGEST) -> decision.Asked:
    body = {"decision": what, "reason": "looks right", "report_sha256": sha256}
    return decision.Asked.from_body(json.dumps(body))


def refuse(item: dict[str, Any], what: decision.Asked, caller: str, **options: Any) -> Failure:
    options = {"now_seconds": 500, "can_starter_approve": False, **options}
    with pytest.raises(Failure) as refusal:
        decision.require_allowed(item, what, caller, **options)
    return refusal.value


def test_a_reviewer_who_did_not_start_the_run_may_decide() -> None:
    decision.require_allowed(ITEM, asked(), BOB, 500, can_starter_approve=False)


@pytest.mark.parametrize("starter", ["ada", ADA])
def test_the_starter_of_a_run_may_reject_but_not_approve_it(starter: str) -> None:
    item = {**ITEM, "requested_by": starter}
    assert isinstance(refuse(item, asked(), ADA), ApprovalConflict)
    decision.require_allowed(item, asked("reject"), ADA, 500, can_starter_approve=False)
    decision.require_allowed(item, asked(), ADA, 500, can_starter_approve=True)


def test_a_decision_is_about_the_report_that_was_read() -> None:
    assert "report_sha256" in refuse(ITEM, asked(sha256="b" * 64), BOB).message


def test_a_decision_is_taken_once_and_the_first_one_is_named() -> None:
    taken = {**ITEM, "state": "REJECTED", "decided_by": BOB}
    refusal = refuse(taken, asked(), ADA)
    assert isinstance(refusal, ApprovalConflict) and BOB in refusal.message


@pytest.mark.parametrize(("now_seconds", "state"), [(1000, "PENDING"), (500, "EXPIRED")])
def test_after_the_deadline_nobody_decides_any_more(now_seconds: int, state: str) -> None:
    refusal = refuse({**ITEM, "state": state}, asked(), BOB, now_seconds=now_seconds)
    assert isinstance(refusal, ApprovalExpired)


def test_only_the_same_decision_by_the_same_person_is_a_replay() -> None:
    taken = {**ITEM, "state": "APPROVED", "decided_by": BOB}
    assert decision.is_replay(taken, asked(), BOB)
    assert not decision.is_replay(taken, asked("reject"), BOB)
    assert not decision.is_replay(taken, asked(), ADA)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (None, "the body is not JSON"),
        ("[]", "decision is []"),
        ('{"decision": "maybe"}', "decision.decision is"),
        ('{"decision": "approve", "reason": "  "}', "decision.reason is"),
        ('{"decision": "approve", "reason": "a", "report_sha256": "x"}', "decision.report_sha256 is"),
    ],
)
def test_a_malformed_decision_is_refused_by_its_field(body: str | None, named: str) -> None:
    with pytest.raises(ContextRejected) as refusal:
        decision.Asked.from_body(body)
    assert named in refusal.value.message


def test_the_token_is_kept_in_the_table_and_nowhere_else() -> None:
    request = Request(approval_id="id-1", created_at=100, event=EVENT)
    assert request.item()["token"] == {"S": "secret"}
    shown = [request.notice("https://api"), decision.visible(ITEM)]
    shown.append(decision.audit_record(ITEM, asked(), BOB, 500, "taken"))
    assert "secret" not in json.dumps(shown)


def test_the_notice_has_the_reasons_and_a_link_with_the_id_only() -> None:
    message = Request(approval_id="id-1", created_at=100, event=EVENT).notice("https://api")["message"]
    assert "- f1 below" in message
    assert message.endswith("Decide: https://api/approvals/id-1")


def test_a_request_expires_with_the_task_that_waits_for_it() -> None:
    item = Request(approval_id="id-1", created_at=100, event=EVENT).item()
    assert item["expires_at"] == {"N": "7300"}
    assert int(item["delete_after"]["N"]) > 7300


def test_the_notice_tells_the_reviewer_that_the_data_shifted() -> None:
    moved = {"feature": "distance", "measure": "ks", "statistic": 0.31234}
    shift = {"is_flagged": True, "count": 12, "features": [moved]}
    request = Request(approval_id="id-1", created_at=100, event={**EVENT, "shift": shift})
    assert "The data shifted: distance (ks 0.312) and 11 more" in request.notice("https://api")["message"]
    assert "shifted" not in Request(approval_id="id-1", created_at=100, event=EVENT).notice("a")["message"]
