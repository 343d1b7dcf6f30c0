"""What roles were granted, held against what they asked for."""

from __future__ import annotations

from rehearsal.permissions import Asked, NetworkUse, grants_of, to_document, use_of

READ = ("s3:GetObject", "arn:aws:s3:::artifacts/pipeline/*")
LIST = ("s3:ListBucket", "arn:aws:s3:::artifacts")
TRACE = ("xray:PutTraceSegments", "*")


def asked(action: str, resource: str, *, allowed: int = 1, denied: int = 0) -> Asked:
    return Asked(action, resource, allowed, denied)


def test_a_grant_is_used_when_an_allowed_call_fits_action_and_resource() -> None:
    use = use_of("reader", [READ, LIST], [asked("s3:GetObject", "arn:aws:s3:::artifacts/pipeline/1/model")])
    assert [one.action for one in use.unused] == ["s3:ListBucket"]
    assert use.granted == 2


def test_a_call_elsewhere_leaves_the_grant_unused() -> None:
    use = use_of("reader", [READ], [asked("s3:GetObject", "arn:aws:s3:::landing/x")])
    assert len(use.unused) == 1


def test_a_denied_call_uses_no_grant_and_is_reported() -> None:
    call = asked("s3:GetObject", "arn:aws:s3:::artifacts/pipeline/1", allowed=0, denied=3)
    use = use_of("reader", [READ], [call])
    assert use.used == []
    assert use.denied == [call]
    assert len(use.unused) == 1


def test_an_unused_grant_carries_the_reason_for_having_it() -> None:
    [trace, read] = use_of("reader", [TRACE, READ], []).unused
    assert "tracing" in trace.reason
    assert read.reason == ""


def test_every_pair_of_action_and_resource_of_an_allowing_statement_counts() -> None:
    allow = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["a", "b"]}
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    assert len(list(grants_of({"Statement": [allow, deny]}))) == 4
    assert list(grants_of({"Statement": {**deny, "Effect": "Allow"}})) == [("s3:*", "*")]


def test_calls_that_nothing_answered_are_in_the_document() -> None:
    lost = {"principal": "reader", "service": "sqs", "reason": "no VPC endpoint", "calls": 2}
    document = to_document([], NetworkUse([{"service": "s3", "calls": 0}], [lost]))
    assert document["unreachable"] == [lost]
    assert document["endpoints"] == [{"service": "s3", "calls": 0}]


def test_the_document_names_role_use_and_denials_in_plain_values() -> None:
    use = use_of("reader", [READ], [asked("s3:GetObject", "*")])
    [role] = to_document([use], NetworkUse([], []))["roles"]
    assert role["role"] == "reader"
    assert role["used"] == [{"action": "s3:GetObject", "resource": "*", "allowed": 1, "denied": 0}]
    assert role["unused"] == []
