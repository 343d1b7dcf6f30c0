"""Says why a job failed: what its container wrote, unless the files it read were replaced under it. Then
nothing need be wrong with them, nor with the contract, and another run is what helps."""

import os
from typing import Any

from aws_lambda_powertools import Logger

from contracts import landed
from contracts.artifacts import RunKeys
from contracts.failures import DataReplaced
from functions.clients import client
from functions.data_preparation.explain_job import reason

logger = Logger(service="data_preparation")


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "failure": {"Error", "Cause"}}` → `{"failure": {"Error", "Cause"}, "is_passing"}`: whether the
    same job may succeed later."""
    keys, failure = RunKeys(event["run"]["id"]), event["failure"]
    try:
        landed.refuse_replaced(client("s3"), os.environ["ARTIFACTS_BUCKET"], keys)
        explained, is_passing = reason.of_job(failure), reason.is_passing(failure)
    except DataReplaced as replaced:
        explained, is_passing = reason.of_replaced(failure, replaced), False
    logger.warning("explained", extra={"run_id": keys.run_id, "is_passing": is_passing, **explained})
    return {"failure": explained, "is_passing": is_passing}
