"""A function's environment under a customer's key: who may set it, who opens it, and who passes the role."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account
from tests.rehearsal.emulator.test_keys import refused

HANDLER = "def handler(event, context):\n    return 'opened'\n"
MAKING = ("lambda:CreateFunction", "iam:PassRole", "kms:CreateGrant", "kms:Encrypt")


def invocation(aws: Account, function_arn: str) -> Any:
    return aws.client("lambda").invoke(FunctionName=function_arn)["Payload"].read()


def request(aws: Account, **more: Any) -> dict[str, Any]:
    """What a new function like an existing one is asked for with."""
    made = aws.client("lambda").get_function(FunctionName=aws.function(HANDLER))["Configuration"]
    code = {"ZipFile": b"PK\x05\x06" + bytes(18)}
    kept = {name: made[name] for name in ("Runtime", "Handler", "Role")}
    return {**kept, "FunctionName": aws.name("function"), "Code": code, **more}


def test_a_function_starts_only_where_its_role_may_open_its_environment(aws: Account) -> None:
    key_arn, role_arn = aws.key(), aws.role("lambda", "logs:*")
    function_arn = aws.function(HANDLER, role_arn, KMSKeyArn=key_arn)
    code, message = refused(aws.client("lambda").invoke, FunctionName=function_arn)
    assert code == "KMSAccessDeniedException"
    assert f"kms:Decrypt on resource: {key_arn} because no identity-based policy" in message
    aws.client("kms").create_grant(KeyId=key_arn, GranteePrincipal=role_arn, Operations=["Decrypt"])
    assert invocation(aws, function_arn) == b'"opened"'


def test_a_function_whose_key_is_disabled_starts_when_it_is_enabled_again(aws: Account) -> None:
    key_arn = aws.key()
    function_arn = aws.function(HANDLER, KMSKeyArn=key_arn)
    aws.client("kms").disable_key(KeyId=key_arn)
    code, _ = refused(aws.client("lambda").invoke, FunctionName=function_arn)
    assert code == "KMSDisabledException"
    aws.client("kms").enable_key(KeyId=key_arn)
    assert invocation(aws, function_arn) == b'"opened"'


@pytest.mark.parametrize("missing", ["kms:CreateGrant", "kms:Encrypt"])
def test_who_gives_a_function_a_key_must_be_let_to_use_it_so(aws: Account, missing: str) -> None:
    maker = aws.user(*(action for action in MAKING if action != missing)).client("lambda")
    code, message = refused(maker.create_function, **request(aws, KMSKeyArn=aws.key()))
    assert code == "InvalidParameterValueException"
    assert f"perform: {missing} on resource" in message


def test_who_changes_a_functions_key_must_be_let_to_use_the_new_one(aws: Account) -> None:
    function_arn = aws.function(HANDLER)
    update = aws.user("lambda:*", "kms:Encrypt").client("lambda").update_function_configuration
    with pytest.raises(ClientError, match=r"unable to configure.*kms:CreateGrant"):
        update(FunctionName=function_arn, KMSKeyArn=aws.key())


def test_who_creates_a_function_must_be_let_to_pass_its_role(aws: Account) -> None:
    wanted = request(aws)
    code, message = refused(aws.user("lambda:CreateFunction").client("lambda").create_function, **wanted)
    assert (code, "perform: iam:PassRole on resource" in message) == ("AccessDeniedException", True)
    aws.user(*MAKING).client("lambda").create_function(**wanted)
