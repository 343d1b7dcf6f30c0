"""Keeps the run's task token under an opaque id and asks the approvers for a decision."""

import os
import secrets
import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.approval.request_approval.notice import Request
from functions.clients import client

logger = Logger(service="approval")
metrics = Metrics(service="approval")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, str]:
    """`{"token", "run", "approval", "evaluation"}` → `{"approval_id"}`; the run waits on the token."""
    # 128 random bits: an id can't be guessed, and knowing one still takes the right to call the API.
    request = Request(approval_id=secrets.token_hex(16), created_at=int(time.time()), event=event)
    client("dynamodb").put_item(TableName=os.environ["APPROVALS_TABLE"], Item=request.item())
    notice = request.notice(os.environ["API_URL"])
    client("sns").publish(
        TopicArn=os.environ["APPROVERS_TOPIC_ARN"], Subject=notice["subject"], Message=notice["message"]
    )
    logger.info("asked", extra={"run_id": event["run"]["id"], "approval_id": request.approval_id})
    metrics.add_metric("ApprovalsRequested", MetricUnit.Count, 1)
    return {"approval_id": request.approval_id}
