"""The API as a caller meets it: answers, refusals, replays, and a record of every attempt."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.approval.decide_approval import handler

DIGEST = "a" * 64
TEXTS = {
    "approval_id": "id-1",
    "token": "secret",
    "state": "PENDING",
    "run_id": "run-1",
    "requested_by": "ada",
}
ITEM = {name: {"S": value} for name, value in {**TEXTS, "report_sha256": DIGEST}.items()}


class ConditionalCheckFailedError(Exception):
    """What the fake table raises."""


class Aws:
    """The table with one request, the audit bucket and the waiting run, as one fake client."""

    class exceptions:  # noqa: N801
        """Where boto3 keeps its exception classes."""

        ConditionalCheckFailedException = ConditionalCheckFailedError
        ClientError = ClientError

    def __init__(self) -> None:
        self.item: dict[str, Any] = {**ITEM, "expires_at": {"N": str(10**12)}}
        self.records: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.is_waiting = True

    def get_item(self, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        return {"Item": dict(self.item)} if Key["approval_id"]["S"] == "id-1" else {}

    def query(self, **_: Any) -> dict[str, Any]:
        return {"Items": [self.item]}

    def update_item(self, UpdateExpression: str, **options: Any) -> None:  # noqa: N803
        if UpdateExpression.startswith("REMOVE"):
            del self.item["token"]
            return
        if self.item["state"] != {"S": "PENDING"}:
            raise ConditionalCheckFailedError
        values = options["ExpressionAttributeValues"]
        self.item |= {"state": values[":state"], "decided_by": values[":by"]}

    def put_object(self, Body: bytes, **_: Any) -> None:  # noqa: N803
        self.records.append(json.loads(Body))

    def send_task_success(self, taskToken: str, output: str) -> None:  # noqa: N803
        assert taskToken == "secret"
        if not self.is_waiting:
            raise ClientError({"Error": {"Code": "TaskTimedOut"}}, "SendTaskSuccess")
        self.answers.append(json.loads(output))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    fake = Aws()
    monkeypatch.setattr(handler, "client", lambda _: fake)
    for name in ("APPROVALS_TABLE", "AUDIT_BUCKET", "CAN_STARTER_APPROVE"):
        monkeypatch.setenv(name, "false")
    return fake


@pytest.fixture
def call(aws: Aws) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Calls the API as somebody; gives status and body."""

    def send(
        body: Any = None, method: str = "POST", approval_id: str | None = "id-1", by: str | None = "bob"
    ) -> tuple[int, dict[str, Any]]:
        context: dict[str, Any] = {"http": {"method": method}}
        if by:
            context["authorizer"] = {"iam": {"userArn": f"arn:aws:sts::1:assumed-role/approver/{by}"}}
        event = {"requestContext": context, "body": json.dumps(body) if body else None}
        path = {"approval_id": approval_id} if approval_id else None
        response = handler.handle({**event, "pathParameters": path}, None)
        assert "secret" not in response["body"] + json.dumps(aws.records)
        return response["statusCode"], json.loads(response["body"])

    return send


APPROVE = {"decision": "approve", "reason": "good", "report_sha256": DIGEST}


def test_an_approval_answers_the_run_and_forgets_the_token(aws: Aws, call: Any) -> None:
    status, taken = call(APPROVE)
    assert (status, taken["decision"], aws.answers) == (200, "approve", [taken])
    assert "token" not in aws.item
    assert aws.records[-1]["outcome"] == "taken"


def test_the_same_decision_again_is_harmless_and_another_one_refused(aws: Aws, call: Any) -> None:
    call(APPROVE)
    assert call(APPROVE)[0] == 200
    assert call({**APPROVE, "decision": "reject"})[0] == 409
    assert len(aws.answers) == 1
    assert [record["outcome"] for record in aws.records] == ["taken", "taken", "refused: ApprovalConflict"]


def test_an_answer_lost_between_table_and_run_is_given_by_the_replay(aws: Aws, call: Any) -> None:
    decided_by = {"S": "arn:aws:sts::1:assumed-role/approver/bob"}
    aws.item |= {"state": {"S": "APPROVED"}, "decided_by": decided_by}
    assert call(APPROVE)[0] == 200
    assert len(aws.answers) == 1


def test_a_run_that_waits_no_more_is_said_to_be_gone(aws: Aws, call: Any) -> None:
    aws.is_waiting = False
    status, answer = call(APPROVE)
    assert (status, answer["error"]) == (410, "ApprovalExpired")


@pytest.mark.parametrize(
    ("body", "by", "status"),
    [({**APPROVE, "reason": ""}, "bob", 400), (APPROVE, "ada", 409), (None, "bob", 400)],
)
def test_refusals_are_recorded_like_decisions(aws: Aws, call: Any, body: Any, by: str, status: int) -> None:
    assert call(body, by=by)[0] == status
    assert aws.records[-1]["outcome"].startswith("refused: ")
    assert not aws.answers


def test_a_caller_without_identity_gets_nothing_at_all(call: Any) -> None:
    assert call(APPROVE, by=None)[0] == 401


def test_requests_are_listed_and_shown_without_their_token(call: Any) -> None:
    assert call(method="GET", approval_id=None)[1]["approvals"][0]["approval_id"] == "id-1"
    assert call(method="GET")[1]["run_id"] == "run-1"
    assert call(method="GET", approval_id="id-2")[0] == 404


def test_a_decision_that_comes_after_the_run_drops_the_token_too(aws: Aws, call: Any) -> None:
    aws.is_waiting = False
    assert call(APPROVE)[0] == 410
    assert "token" not in aws.item


def test_a_request_withdrawn_with_its_run_says_so(aws: Aws, call: Any) -> None:
    aws.item["state"] = {"S": "WITHDRAWN"}
    status, answer = call(APPROVE)
    assert (status, aws.answers) == (410, [])
    assert "the run ended before anybody decided" in answer["message"]
