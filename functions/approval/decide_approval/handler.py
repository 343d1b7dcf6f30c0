"""The approvers' HTTP API: list what waits, look at one request, decide it.

Callers sign with AWS_IAM, people (through a role or a permission set of the identity centre) and tools alike:
who may decide is who holds the stack's approver policy, and the caller's ARN is the recorded identity.
"""

import json
import os
import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts.failures import ApprovalConflict, ApprovalExpired, ContextRejected, Failure
from functions.approval.decide_approval import answer, decision, requests_table
from functions.clients import client

logger = Logger(service="approval")
metrics = Metrics(service="approval")

STATUS: dict[type[Failure], int] = {ContextRejected: 400, ApprovalConflict: 409, ApprovalExpired: 410}


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """One request of the HTTP API (payload 2.0) → its response."""
    response = route(event)
    method = event["requestContext"]["http"]["method"]
    metrics.add_dimension("answer", f"{method} {response['statusCode']}")
    metrics.add_metric("ApprovalCalls", MetricUnit.Count, 1)
    return response


def route(event: dict[str, Any]) -> dict[str, Any]:
    """Who calls, about which request, to look or to decide."""
    try:
        caller_arn = str(event["requestContext"]["authorizer"]["iam"]["userArn"])
    except (KeyError, TypeError):
        return respond(401, {"error": "Unauthorized", "message": "sign the request with AWS credentials"})
    approval_id = (event.get("pathParameters") or {}).get("approval_id")
    table = os.environ["APPROVALS_TABLE"]
    if approval_id is None:
        items = requests_table.pending(client("dynamodb"), table)
        return respond(200, {"approvals": [decision.visible(item) for item in items]})
    item = requests_table.read(client("dynamodb"), table, approval_id)
    if item is None:
        return respond(404, {"error": "NotFound", "message": f"no request has the id {approval_id}"})
    if event["requestContext"]["http"]["method"] == "GET":
        return respond(200, decision.visible(item))
    return decide(item, event.get("body"), caller_arn)


def decide(item: dict[str, Any], body: str | None, caller_arn: str) -> dict[str, Any]:
    """Takes the decision or refuses it; either way an audit record is left behind."""
    asked, now_seconds = None, int(time.time())
    try:
        asked = decision.Asked.from_body(body)
        taken = take(item, asked, caller_arn, now_seconds)
    except Failure as refusal:
        name = type(refusal).__name__
        audit(decision.audit_record(item, asked, caller_arn, now_seconds, f"refused: {name}"))
        return respond(STATUS[type(refusal)], {"error": name, "message": refusal.message})
    return respond(200, taken)


def take(item: dict[str, Any], asked: decision.Asked, caller_arn: str, now_seconds: int) -> dict[str, Any]:
    """Decides once, records it, answers the run; a replay only answers again what was not answered."""
    dynamodb, table = client("dynamodb"), os.environ["APPROVALS_TABLE"]
    if not decision.is_replay(item, asked, caller_arn):
        decision.require_allowed(
            item,
            asked,
            caller_arn,
            now_seconds,
            can_starter_approve=os.environ["CAN_STARTER_APPROVE"] == "true",
        )
        if not requests_table.decide(dynamodb, table, item, asked, caller_arn, now_seconds):
            raise ApprovalConflict("somebody else decided at the same moment: look at the request again")
    audit(decision.audit_record(item, asked, caller_arn, now_seconds, "taken"))
    taken = {"decision": asked.decision, "by": caller_arn, "reason": asked.reason, "at": now_seconds}
    if "token" in item:
        answer_and_forget(item, taken)
    logger.info("decided", extra={"run_id": item["run_id"], **taken})
    return taken


def answer_and_forget(item: dict[str, Any], taken: dict[str, Any]) -> None:
    """Answers the run and drops its token, also when the run waits no more; trouble keeps it for a replay."""
    try:
        answer.answer_run(client("stepfunctions"), item["token"], taken)
    except ApprovalExpired:
        requests_table.forget_token(client("dynamodb"), os.environ["APPROVALS_TABLE"], item["approval_id"])
        raise
    requests_table.forget_token(client("dynamodb"), os.environ["APPROVALS_TABLE"], item["approval_id"])


def audit(record: dict[str, Any]) -> None:
    """Writes the record to the audit bucket, whose object lock keeps it."""
    key = f"decisions/{record['approval_id']}/{record['at']}-{os.urandom(4).hex()}.json"
    client("s3").put_object(
        Bucket=os.environ["AUDIT_BUCKET"],
        Key=key,
        Body=json.dumps(record, indent=1).encode(),
        ContentType="application/json",
        ChecksumAlgorithm="SHA256",
    )


def respond(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """A JSON response that nobody caches."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
