"""Machines under a customer's key: what it is asked of, when, and what is left out of events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account, policy

PASS = {"Pass": {"Type": "Pass", "End": True}}
BOTH = ("kms:Decrypt", "kms:GenerateDataKey")


def encrypted(key_arn: str) -> dict[str, Any]:
    return {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key_arn}}


def refused(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    return str(failure.value.response["Error"]["Code"])


def for_iam() -> dict[str, Any]:
    root = {"AWS": "arn:aws:iam::111122223333:root"}
    return {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}


@pytest.mark.parametrize("granted", [("kms:Decrypt",), ("kms:GenerateDataKey",), ()])
def test_a_role_without_both_actions_on_the_key_is_refused(aws: Account, granted: tuple[str, ...]) -> None:
    with pytest.raises(ClientError, match=r"KmsAccessDeniedException.*no identity-based policy allows"):
        aws.machine(PASS, aws.role("states", *granted), **encrypted(aws.key()))


def test_a_key_whose_policy_leaves_the_role_out_is_refused(aws: Account) -> None:
    root = {"AWS": "arn:aws:iam::111122223333:root"}
    looks = {"Effect": "Allow", "Principal": root, "Action": ["kms:DescribeKey", "kms:PutKeyPolicy"]}
    caller_only = looks | {"Action": ["kms:*"], "Condition": {"StringLike": {"kms:ViaService": "states.*"}}}
    key_arn = aws.key(looks | {"Resource": "*"}, caller_only | {"Resource": "*"})
    with pytest.raises(ClientError, match=r"KmsAccessDeniedException.*no resource-based policy allows"):
        aws.machine(PASS, aws.role("states", *BOTH), **encrypted(key_arn))


def test_a_service_condition_on_the_machines_role_keeps_it_from_the_key(aws: Account) -> None:
    """Step Functions asks as the role, not for it: AWS warns of kms:ViaService there."""
    role_arn = aws.role("states")
    via = {"StringEquals": {"kms:ViaService": "states.eu-west-1.amazonaws.com"}}
    allowed = {"Effect": "Allow", "Action": list(BOTH), "Resource": "*", "Condition": via}
    name = role_arn.rpartition("/")[2]
    aws.client("iam").put_role_policy(RoleName=name, PolicyName="key", PolicyDocument=policy(allowed))
    with pytest.raises(ClientError, match="KmsAccessDeniedException"):
        aws.machine(PASS, role_arn, **encrypted(aws.key()))


def test_a_key_that_is_not_there_or_disabled_is_no_encryption(aws: Account) -> None:
    key_arn, role_arn = aws.key(), aws.role("states", *BOTH)
    aws.client("kms").disable_key(KeyId=key_arn)
    for key in (key_arn, "alias/nobodys"):
        with pytest.raises(ClientError, match="InvalidEncryptionConfiguration"):
            aws.machine(PASS, role_arn, **encrypted(key))


@pytest.mark.parametrize("has_statement", [True, False])
def test_logs_of_an_encrypted_machine_need_log_delivery_in_the_key_policy(
    aws: Account, has_statement: bool
) -> None:
    context = {"kms:EncryptionContext:SourceArn": "arn:aws:logs:eu-west-1:111122223333:*"}
    delivery = {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Resource": "*"}
    delivery |= {"Action": "kms:Decrypt", "Condition": {"StringEquals": context}}
    key_arn = aws.key(for_iam(), *([delivery] if has_statement else []))
    name = aws.name("/aws/vendedlogs/states/encrypted")
    aws.client("logs").create_log_group(logGroupName=name)
    group = f"arn:aws:logs:eu-west-1:111122223333:log-group:{name}:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    wanted = {**encrypted(key_arn), "loggingConfiguration": logging}
    role_arn = aws.role("states", *BOTH, "logs:*")
    if has_statement:
        aws.machine(PASS, role_arn, **wanted)
    else:
        with pytest.raises(ClientError, match=r"KmsAccessDeniedException.*delivery\.logs\.amazonaws\.com"):
            aws.machine(PASS, role_arn, **wanted)


def test_reading_an_execution_needs_the_key_and_its_metadata_does_not(aws: Account) -> None:
    machine_arn = aws.machine(PASS, aws.role("states", *BOTH), **encrypted(aws.key()))
    execution_arn = aws.run(machine_arn)["executionArn"]
    states = aws.user("states:*").client("stepfunctions")
    assert refused(states.describe_execution, executionArn=execution_arn) == "KmsAccessDeniedException"
    assert refused(states.get_execution_history, executionArn=execution_arn) == "KmsAccessDeniedException"
    assert refused(states.describe_state_machine, stateMachineArn=machine_arn) == "KmsAccessDeniedException"
    known = states.describe_execution(executionArn=execution_arn, includedData="METADATA_ONLY")
    assert known["status"] == "SUCCEEDED"
    reader = aws.user("states:*", "kms:Decrypt").client("stepfunctions")
    assert reader.describe_execution(executionArn=execution_arn)["output"] == "{}"


def test_starting_needs_nothing_of_the_caller_and_a_usable_key_of_the_role(aws: Account) -> None:
    key_arn = aws.key()
    machine_arn = aws.machine(PASS, aws.role("states", *BOTH), **encrypted(key_arn))
    start = aws.user("states:StartExecution").client("stepfunctions").start_execution
    start(stateMachineArn=machine_arn)
    aws.client("kms").disable_key(KeyId=key_arn)
    assert refused(start, stateMachineArn=machine_arn) == "KmsInvalidStateException"


def test_a_parent_that_waits_for_an_encrypted_child_must_read_it(aws: Account) -> None:
    child_arn = aws.machine(PASS, aws.role("states", *BOTH), **encrypted(aws.key()))
    resource, arguments = "arn:aws:states:::states:startExecution.sync:2", {"StateMachineArn": child_arn}
    blind = aws.run(aws.task(resource, arguments, aws.role("states", "states:*", "events:*")))
    assert blind["error"] == "StepFunctions.KmsAccessDeniedException"
    reader = aws.role("states", "states:*", "events:*", "kms:Decrypt")
    assert aws.run(aws.task(resource, arguments, reader))["status"] == "SUCCEEDED"


def test_status_events_of_an_encrypted_machine_carry_no_data(aws: Account) -> None:
    machine_arn = aws.machine(PASS, aws.role("states", *BOTH), **encrypted(aws.key()))
    ended = {"stateMachineArn": [machine_arn], "status": ["SUCCEEDED"]}
    inbox = aws.inbox({"source": ["aws.states"], "detail": ended})
    aws.run(machine_arn, {"secret": 1})
    detail = aws.message(inbox)["detail"]
    assert (detail["input"], detail["output"]) == (None, None)
    assert detail["outputDetails"] == {"included": False}


def activity_under(aws: Account, key_arn: str) -> str:
    created = aws.client("stepfunctions").create_activity(name=aws.name("activity"), **encrypted(key_arn))
    return str(created["activityArn"])


def test_who_creates_an_activity_under_a_key_must_be_let_to_look_it_up(aws: Account) -> None:
    key_arn, name = aws.key(), aws.name("activity")
    create = aws.user("states:*").client("stepfunctions").create_activity
    assert refused(create, name=name, **encrypted(key_arn)) == "KmsAccessDeniedException"
    looking = aws.user("states:*", "kms:DescribeKey").client("stepfunctions")
    assert looking.create_activity(name=name, **encrypted(key_arn))["activityArn"].endswith(name)
    aws.client("kms").disable_key(KeyId=key_arn)
    again = {"name": aws.name("activity"), **encrypted(key_arn)}
    assert refused(looking.create_activity, **again) == "InvalidEncryptionConfiguration"


def test_a_worker_must_be_let_to_open_what_its_activity_encrypts(aws: Account) -> None:
    activity_arn = activity_under(aws, aws.key())
    poll = aws.user("states:*").client("stepfunctions").get_activity_task
    assert refused(poll, activityArn=activity_arn) == "KmsAccessDeniedException"
    running = aws.start(aws.task(activity_arn, {"month": 7}))
    task = (
        aws.user("states:*", "kms:Decrypt")
        .client("stepfunctions")
        .get_activity_task(activityArn=activity_arn)
    )
    aws.client("stepfunctions").send_task_success(taskToken=task["taskToken"], output="{}")
    assert aws.ended(running)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("granted", [("kms:Decrypt",), ("kms:GenerateDataKey",)])
def test_a_machine_whose_role_can_not_use_the_activitys_key_fails_there(
    aws: Account, granted: tuple[str, ...]
) -> None:
    machine_arn = aws.task(activity_under(aws, aws.key()), {}, aws.role("states", *granted))
    ended = aws.run(machine_arn)
    assert ended["error"] == "States.Runtime"
    assert "because no identity-based policy allows the kms:" in ended["cause"]
