"""The two rules of a role's statements, refused before anything is declared."""

import pytest

from components.blocks.statements import allow, require_least_privilege


@pytest.mark.parametrize("action", ["s3:*", "*", "kms:GenerateDataKey*"])
def test_a_wildcard_action_is_refused_with_role_and_action(action: str) -> None:
    with pytest.raises(ValueError, match="role reader: action"):
        require_least_privilege("reader", [allow(["s3:GetObject", action], "arn:aws:s3:::b/*")])


def test_a_bare_star_is_refused_for_an_action_that_aws_can_narrow() -> None:
    with pytest.raises(ValueError, match="s3:GetObject is granted on every resource"):
        require_least_privilege("reader", [allow("s3:GetObject", "*")])


def test_a_bare_star_passes_for_an_action_with_a_written_reason() -> None:
    require_least_privilege("tracer", [allow("xray:PutTraceSegments", "*")])


def test_a_denial_may_be_as_wide_as_it_likes() -> None:
    require_least_privilege("guarded", [{"Effect": "Deny", "Action": "*", "Resource": "*"}])


def test_one_action_and_one_resource_become_lists_of_one() -> None:
    assert allow("s3:GetObject", "arn") == {
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn"],
    }
