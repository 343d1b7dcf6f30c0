"""The Step Functions API: what is accepted, what is refused and how executions are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account

PASS = {"Pass": {"Type": "Pass", "End": True}}
WAIT = {"Wait": {"Type": "Wait", "Seconds": 86400, "End": True}}


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    return str(failure.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def states(aws: Account) -> Any:
    return aws.client("stepfunctions")


@pytest.fixture(scope="module")
def passing(aws: Account) -> str:
    return aws.machine(PASS)


def test_creating_the_same_machine_again_returns_the_first_one(aws: Account, states: Any) -> None:
    wanted = {
        "name": aws.name("same"),
        "definition": json.dumps({"QueryLanguage": "JSONata", "StartAt": "Pass", "States": PASS}),
        "roleArn": aws.role("states"),
    }
    first = states.create_state_machine(**wanted)
    assert states.create_state_machine(**wanted)["creationDate"] == first["creationDate"]
    changed = wanted | {"type": "EXPRESS"}
    assert refused(states.create_state_machine, **changed) == "StateMachineAlreadyExists"


def test_a_machine_with_a_space_in_its_name_is_refused(aws: Account, states: Any) -> None:
    wanted = {"name": "two words", "definition": "{}", "roleArn": aws.role("states")}
    assert refused(states.create_state_machine, **wanted) == "InvalidName"


def test_a_transition_to_nowhere_is_refused_at_creation(aws: Account) -> None:
    with pytest.raises(ClientError, match=r"InvalidDefinition.*MISSING_TRANSITION_TARGET"):
        aws.machine({"Pass": {"Type": "Pass", "Next": "Nowhere"}})


def test_an_integration_the_rehearsal_lacks_is_refused_by_its_resource(aws: Account) -> None:
    with pytest.raises(ClientError, match=r"UnsupportedByRehearsal.*glue:startJobRun"):
        aws.task("arn:aws:states:::glue:startJobRun", {"JobName": "j"})


def test_a_sync_task_needs_a_role_that_may_create_the_managed_rule(aws: Account, passing: str) -> None:
    resource, arguments = "arn:aws:states:::states:startExecution.sync:2", {"StateMachineArn": passing}
    with pytest.raises(ClientError, match="not authorized to create managed-rule"):
        aws.task(resource, arguments, aws.role("states", "states:*"))
    aws.task(resource, arguments, aws.role("states", "states:*", "events:*"))


def test_logging_needs_a_role_that_may_deliver_logs(aws: Account) -> None:
    group = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/vendedlogs/states/x:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        aws.machine(PASS, aws.role("states"), loggingConfiguration=logging)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"name": "a/b"}, "InvalidName"),
        ({"name": "n" * 81}, "ValidationException"),
        (
            {"stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:no"},
            "StateMachineDoesNotExist",
        ),
        ({"stateMachineArn": "nonsense"}, "InvalidArn"),
    ],
)
def test_a_bad_start_is_refused_with_awss_code(
    states: Any, passing: str, arguments: dict[str, Any], code: str
) -> None:
    assert refused(states.start_execution, **({"stateMachineArn": passing} | arguments)) == code


def test_a_name_in_use_starts_nothing_unless_it_is_the_same_running_request(
    aws: Account, states: Any
) -> None:
    request = {"stateMachineArn": aws.machine(WAIT), "name": "once", "input": '{"a": 1}'}
    first = states.start_execution(**request)
    assert states.start_execution(**request)["startDate"] == first["startDate"]
    assert refused(states.start_execution, **(request | {"input": "{}"})) == "ExecutionAlreadyExists"
    states.stop_execution(executionArn=first["executionArn"])
    assert refused(states.start_execution, **request) == "ExecutionAlreadyExists"


def test_a_standard_machine_cannot_be_started_synchronously(states: Any, passing: str) -> None:
    assert refused(states.start_sync_execution, stateMachineArn=passing) == "StateMachineTypeNotSupported"


def test_history_comes_in_pages_and_in_either_order(aws: Account, states: Any, passing: str) -> None:
    execution_arn = aws.run(passing)["executionArn"]
    page = states.get_execution_history(executionArn=execution_arn, maxResults=3)
    rest = states.get_execution_history(executionArn=execution_arn, nextToken=page["nextToken"])
    ids = [event["id"] for event in page["events"] + rest["events"]]
    assert ids == [1, 2, 3, 4]
    backwards = states.get_execution_history(executionArn=execution_arn, reverseOrder=True)["events"]
    assert [event["type"] for event in backwards][:2] == ["ExecutionSucceeded", "PassStateExited"]


def test_an_execution_keeps_the_revision_it_was_started_with(aws: Account, states: Any) -> None:
    machine_arn = aws.machine(WAIT)
    execution_arn = aws.start(machine_arn)
    changed = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Pass", "States": PASS})
    states.update_state_machine(stateMachineArn=machine_arn, definition=changed)
    running = states.describe_state_machine_for_execution(executionArn=execution_arn)
    assert "Wait" in json.loads(running["definition"])["States"]
    states.stop_execution(executionArn=execution_arn)


def test_an_alias_runs_the_version_it_points_to(aws: Account, states: Any) -> None:
    machine_arn = aws.machine({"Old": {"Type": "Pass", "Output": "old", "End": True}})
    version = states.publish_state_machine_version(stateMachineArn=machine_arn)["stateMachineVersionArn"]
    routing = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=routing)
    changed = {"QueryLanguage": "JSONata", "StartAt": "Pass", "States": PASS}
    states.update_state_machine(stateMachineArn=machine_arn, definition=json.dumps(changed))
    ended = aws.run(alias["stateMachineAliasArn"])
    assert (ended["output"], ended["stateMachineVersionArn"]) == ('"old"', version)


def test_a_failed_execution_is_redriven_from_the_state_that_failed(aws: Account, states: Any) -> None:
    bucket, key = aws.name("bucket"), {"Key": "late"}
    aws.client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    failed = aws.run(aws.task("arn:aws:states:::aws-sdk:s3:getObject", {"Bucket": bucket, **key}))
    assert failed["error"] == "S3.NoSuchKeyException"
    aws.client("s3").put_object(Bucket=bucket, Body=b"here", **key)
    states.redrive_execution(executionArn=failed["executionArn"])
    ended = aws.ended(failed["executionArn"])
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)


def test_a_repeated_request_to_redrive_is_answered_and_redrives_once(aws: Account, states: Any) -> None:
    failed = aws.run(aws.machine({"Fail": {"Type": "Fail"}}))["executionArn"]
    first, again = [], []
    for dates in (first, again):
        answer = states.redrive_execution(executionArn=failed, clientToken="mine")
        dates.append((answer["redriveDate"], aws.ended(failed)["redriveCount"]))
    assert first == again
    states.redrive_execution(executionArn=failed, clientToken="another")
    assert aws.ended(failed)["redriveCount"] == 2


def test_a_map_run_counts_its_items_and_lists_its_children(aws: Account, states: Any) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Pass",
        "States": PASS,
    }
    spread = {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": processor, "End": True}
    ended = aws.run(aws.machine({"Spread": spread}))
    run = states.list_map_runs(executionArn=ended["executionArn"])["mapRuns"][0]
    described = states.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (described["status"], described["itemCounts"]["succeeded"]) == ("SUCCEEDED", 3)
    assert len(states.list_executions(mapRunArn=run["mapRunArn"])["executions"]) == 3


def logged_machine(aws: Account, states: dict[str, Any]) -> tuple[str, str]:
    """A machine that logs everything, and the group that it logs to."""
    group = f"/aws/vendedlogs/states/{aws.name('logs')}"
    aws.client("logs").create_log_group(logGroupName=group)
    log_arn = f"arn:aws:logs:eu-west-1:111122223333:log-group:{group}:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": log_arn}}]}
    return aws.machine(states, loggingConfiguration=logging), group


def logged_types(aws: Account, group: str) -> list[str]:
    events = aws.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"])["type"] for event in events]


def test_the_end_of_an_execution_is_an_event_a_metric_and_a_log(aws: Account) -> None:
    machine_arn, group = logged_machine(aws, PASS)
    inbox = aws.inbox({"detail": {"status": ["SUCCEEDED"], "stateMachineArn": [machine_arn]}})
    ended = aws.run(machine_arn)
    assert aws.message(inbox)["detail"]["executionArn"] == ended["executionArn"]
    assert logged_types(aws, group)[-1] == "ExecutionSucceeded"
    dimensions = [{"Name": "StateMachineArn", "Value": machine_arn}]
    found = aws.client("cloudwatch").list_metrics(Namespace="AWS/States", Dimensions=dimensions)["Metrics"]
    wanted = {"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionTime"}
    assert {metric["MetricName"] for metric in found} == wanted


def test_an_execution_that_waits_has_logged_what_led_there(aws: Account) -> None:
    machine_arn, group = logged_machine(aws, {"Pass": {"Type": "Pass", "Next": "Wait"}, **WAIT})
    execution_arn = aws.start(machine_arn)
    before = ["ExecutionStarted", "PassStateEntered", "PassStateExited"]
    aws.eventually(lambda: logged_types(aws, group) == before)
    aws.client("stepfunctions").stop_execution(executionArn=execution_arn)
    aws.eventually(lambda: logged_types(aws, group) == [*before, "WaitStateEntered", "ExecutionAborted"])
