"""What roles were granted, held against what they asked for."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from rehearsal.permissions import Asked, NetworkUse, grants_of, role_uses, to_document, use_of

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


class Iam:
    """Two roles, of which the program made one: it has a policy of its own and one by its ARN."""

    NAMES = ("reader", "somebody-else")

    def get_paginator(self, _operation: str) -> Any:
        roles = [{"RoleName": name, "Arn": f"arn:aws:iam::1:role/{name}"} for name in self.NAMES]
        return SimpleNamespace(paginate=lambda: [{"Roles": roles}])

    def list_role_policies(self, **_role: str) -> Any:
        return {"PolicyNames": ["own"]}

    def get_role_policy(self, **_policy: str) -> Any:
        return {"PolicyDocument": policy_of(*READ)}

    def list_attached_role_policies(self, **_role: str) -> Any:
        return {"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::1:policy/list"}]}

    def get_policy(self, **_policy: str) -> Any:
        return {"Policy": {"DefaultVersionId": "v1"}}

    def get_policy_version(self, **_policy: str) -> Any:
        return {"PolicyVersion": {"Document": json.dumps(policy_of(*LIST))}}


def policy_of(action: str, resource: str) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}


def test_the_roles_that_the_program_made_are_held_against_what_they_asked_for() -> None:
    made = [
        SimpleNamespace(type="aws:iam/role:Role", outputs={"arn": "arn:aws:iam::1:role/reader"}),
        SimpleNamespace(type="aws:sns/topic:Topic", outputs={"arn": "arn:aws:iam::1:role/somebody-else"}),
    ]
    call = {"principal": "arn:aws:iam::1:role/reader", "action": "s3:ListBucket", "resource": LIST[1]}
    access = {"access": [{**call, "allowed": 2, "denied": 0}]}
    emulator = SimpleNamespace(control=lambda *_request: access)
    site: Any = SimpleNamespace(
        emulator=emulator, client=lambda _service: Iam(), deployment=SimpleNamespace(resources=made)
    )
    [use] = role_uses(site)
    assert (use.role, use.granted, [one.action for one in use.unused]) == ("reader", 2, ["s3:GetObject"])
