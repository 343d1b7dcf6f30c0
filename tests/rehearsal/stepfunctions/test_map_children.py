"""What the role of a machine with a Distributed Map is let do: start, describe and redrive its children."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account

RUNNING = ("states:StartExecution", "states:DescribeExecution")


def mapped(*, fails: bool = False) -> dict[str, Any]:
    only = {"Type": "Fail", "Error": "Broken"} if fails else {"Type": "Succeed"}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Only",
        "States": {"Only": only},
    }
    return {"Each": {"Type": "Map", "Items": [1], "Label": "Each", "ItemProcessor": processor, "End": True}}


@pytest.mark.parametrize(("missing", "verb"), [(RUNNING[0], "starts"), (RUNNING[1], "describes")])
def test_a_distributed_map_needs_a_role_that_may_run_its_children(
    aws: Account, missing: str, verb: str
) -> None:
    role_arn = aws.role("states", *(action for action in RUNNING if action != missing))
    with pytest.raises(ClientError, match=rf"AccessDeniedException.*Map {verb} child.*perform: {missing}"):
        aws.machine(mapped(), role_arn)


def test_a_role_that_may_start_and_describe_them_runs_the_children(aws: Account) -> None:
    assert aws.run(aws.machine(mapped(), aws.role("states", *RUNNING)))["status"] == "SUCCEEDED"


def test_children_that_failed_are_redriven_only_by_a_role_that_may(aws: Account) -> None:
    redrive = aws.client("stepfunctions").redrive_execution
    ended = aws.run(aws.machine(mapped(fails=True), aws.role("states", *RUNNING)))
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    with pytest.raises(ClientError, match=r"AccessDeniedException.*states:RedriveExecution.*/Each:"):
        redrive(executionArn=ended["executionArn"])
    role_arn = aws.role("states", *RUNNING, "states:RedriveExecution")
    ended = aws.run(aws.machine(mapped(fails=True), role_arn))
    redrive(executionArn=ended["executionArn"])
    assert aws.ended(ended["executionArn"])["redriveCount"] == 1
