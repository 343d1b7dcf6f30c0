"""Requests checked against botocore's model, in AWS's words and codes."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.emulator.requests import RequestModel

MODEL = RequestModel("stepfunctions")
CREATE = {"name": "n", "definition": "{}", "roleArn": "r"}


def test_a_request_that_keeps_every_rule_passes() -> None:
    MODEL.validate("CreateStateMachine", CREATE | {"type": "EXPRESS", "publish": True})


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"name": None}, "ValidationException", "Value null at 'name'"),
        ({"name": ""}, "ValidationException", "length greater than or equal to 1"),
        ({"type": "SLOW"}, "ValidationException", "enum value set: [STANDARD, EXPRESS]"),
        ({"publish": "yes"}, "SerializationException", "publish: expected boolean, got str"),
        ({"Name": "n"}, "ValidationException", "has no field Name"),
        ({"tags": [{"key": "k" * 129}]}, "ValidationException", "'tags.1.member.key'"),
    ],
)
def test_a_broken_rule_is_named_with_its_field_and_value(
    change: dict[str, Any], code: str, reason: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        MODEL.validate("CreateStateMachine", CREATE | change)
    assert refused.value.code == code
    assert reason in refused.value.message


def test_all_broken_rules_are_counted_and_listed_together() -> None:
    with pytest.raises(ServiceError, match="3 validation errors detected"):
        MODEL.validate("CreateStateMachine", {})


def test_an_operation_that_aws_does_not_have_is_unknown() -> None:
    with pytest.raises(ServiceError, match="UnknownOperationException"):
        MODEL.validate("CreateStateMachin", {})
