"""A mocked result is held against its API's model in the spelling that the integration's results have."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.asl.integrations import parse_resource
from rehearsal.stepfunctions.mocked_results import PRESENT, STRICT, problem


@pytest.mark.parametrize(
    ("call", "result", "mode", "found"),
    [
        ("aws-sdk:rds:describeDBInstances", {"DbInstances": {}}, STRICT, "'DbInstances' must be an array"),
        (
            "aws-sdk:rds:describeDBInstances",
            {"DbInstances": [{"AllocatedStorage": "1"}]},
            PRESENT,
            "Field 'AllocatedStorage' must be a number",
        ),
        ("aws-sdk:rds:describeDBInstances", {"DBInstances": {}}, STRICT, None),
        (
            "aws-sdk:dynamodb:getItem",
            {"Item": {"a": {"Bool": "yes"}}},
            STRICT,
            "Field 'Bool' must be a boolean",
        ),
        ("dynamodb:getItem", {"Item": {"a": {"BOOL": "yes"}}}, STRICT, "Field 'BOOL' must be a boolean"),
        ("dynamodb:getItem", {"Item": {"a": {"Bool": "yes"}}}, STRICT, None),
        (
            "aws-sdk:sfn:describeExecution",
            {"ExecutionArn": "arn"},
            STRICT,
            "Required field 'StateMachineArn' is missing",
        ),
        ("aws-sdk:sfn:describeExecution", {"ExecutionArn": "arn"}, PRESENT, None),
    ],
)
def test_a_wrong_member_is_found_by_the_integration_s_name_of_it(
    call: str, result: Any, mode: str, found: str | None
) -> None:
    integration = parse_resource(f"arn:aws:states:::{call}")
    assert integration is not None
    told = problem(integration, result, mode)
    assert told is None if found is None else found in str(told)
