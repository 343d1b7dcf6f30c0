"""What ministack doesn't ask and AWS does: permissions of targets, functions, keys and roles."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account, policy

RECORDER = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""


def rule_to(aws: Account, target: dict[str, Any]) -> str:
    """A rule with one target; returns the source of the events it takes."""
    events, source = aws.client("events"), aws.name("source")
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=source, Targets=[{"Id": "1", **target}])
    return source


def send(aws: Account, source: str) -> None:
    aws.client("events").put_events(Entries=[{"Source": source, "DetailType": "Test", "Detail": "{}"}])


def is_empty(aws: Account, queue_url: str) -> bool:
    return "Messages" not in aws.client("sqs").receive_message(QueueUrl=queue_url)


def api_for(aws: Account, function_arn: str) -> str:
    """An HTTP API that hands everything to the function."""
    gateway = aws.client("apigatewayv2")
    api_id = str(gateway.create_api(Name=aws.name("api"), ProtocolType="HTTP")["ApiId"])
    integration = gateway.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
    )
    gateway.create_route(
        ApiId=api_id, RouteKey="$default", Target=f"integrations/{integration['IntegrationId']}"
    )
    gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    return api_id


def status_of(aws: Account, api_id: str) -> int:
    connection = http.client.HTTPConnection(aws.emulator.endpoint_url.removeprefix("http://"))
    connection.request("GET", f"/_aws/execute-api/{api_id}/$default/ui")
    status = connection.getresponse().status
    connection.close()
    return status


def from_events(queue_arn: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }


def test_a_rule_starts_a_machine_only_with_a_role_that_may(aws: Account) -> None:
    machine_arn = aws.machine({"Done": {"Type": "Succeed"}})
    for role_arn in (aws.role("events"), aws.role("events", "states:StartExecution")):
        send(aws, rule_to(aws, {"Arn": machine_arn, "RoleArn": role_arn, "Input": json.dumps(role_arn)}))
    listed = aws.client("stepfunctions").list_executions
    found = aws.eventually(lambda: listed(stateMachineArn=machine_arn)["executions"])
    assert len(found) == 1
    described = aws.client("stepfunctions").describe_execution(executionArn=found[0]["executionArn"])
    assert json.loads(described["input"]) == role_arn


def test_a_rule_reaches_a_queue_only_if_the_queue_lets_it(aws: Account) -> None:
    open_url, open_arn = aws.queue(from_events)
    closed_url, closed_arn = aws.queue()
    for arn in (closed_arn, open_arn):
        send(aws, rule_to(aws, {"Arn": arn}))
    assert aws.message(open_url)["detail-type"] == "Test"
    assert is_empty(aws, closed_url)


def test_an_event_that_may_not_reach_its_target_goes_to_the_dead_letter_queue(aws: Account) -> None:
    dead_url, dead_arn = aws.queue(from_events)
    _, closed_arn = aws.queue()
    send(aws, rule_to(aws, {"Arn": closed_arn, "DeadLetterConfig": {"Arn": dead_arn}}))
    assert aws.message(dead_url)["detail-type"] == "Test"


def test_a_topic_invokes_a_function_only_with_a_permission_for_it(aws: Account) -> None:
    queue_url, _ = aws.queue()
    function_arn = aws.function(RECORDER, Environment={"Variables": {"QUEUE": queue_url}})
    sns = aws.client("sns")
    topic_arn = sns.create_topic(Name=aws.name("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic_arn, Protocol="lambda", Endpoint=function_arn)
    sns.publish(TopicArn=topic_arn, Message="too early")
    aws.client("lambda").add_permission(
        FunctionName=function_arn,
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic_arn,
    )
    sns.publish(TopicArn=topic_arn, Message="in time")
    assert aws.message(queue_url)["Records"][0]["Sns"]["Message"] == "in time"


def permit(aws: Account, function_arn: str, service: str, source_arn: str) -> None:
    aws.client("lambda").add_permission(
        FunctionName=function_arn,
        StatementId=service,
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
        SourceArn=source_arn,
    )


def test_a_bucket_invokes_a_function_only_with_a_permission_for_it(aws: Account) -> None:
    queue_url, _ = aws.queue()
    function_arn = aws.function(RECORDER, Environment={"Variables": {"QUEUE": queue_url}})
    s3, bucket = aws.client("s3"), aws.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    wanted = {"LambdaFunctionArn": function_arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]},
        SkipDestinationValidation=True,
    )
    s3.put_object(Bucket=bucket, Key="too-early", Body=b"1")
    permit(aws, function_arn, "s3", f"arn:aws:s3:::{bucket}")
    s3.put_object(Bucket=bucket, Key="in-time", Body=b"1")
    assert aws.message(queue_url)["Records"][0]["s3"]["object"]["key"] == "in-time"


def test_a_rule_invokes_a_function_only_with_a_permission_for_it(aws: Account) -> None:
    queue_url, _ = aws.queue()
    function_arn = aws.function(RECORDER, Environment={"Variables": {"QUEUE": queue_url}})
    source = rule_to(aws, {"Arn": function_arn, "Input": json.dumps({"n": 1})})
    send(aws, source)
    permit(aws, function_arn, "events", f"arn:aws:events:eu-west-1:111122223333:rule/{source}")
    aws.client("events").put_targets(
        Rule=source, Targets=[{"Id": "1", "Arn": function_arn, "Input": json.dumps({"n": 2})}]
    )
    send(aws, source)
    assert aws.message(queue_url) == {"n": 2}


def test_reading_an_encrypted_object_needs_the_key_as_well(aws: Account) -> None:
    s3, bucket = aws.client("s3"), aws.name("bucket")
    key_arn = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    read = "arn:aws:states:::aws-sdk:s3:getObject"
    without_key = aws.run(aws.task(read, {"Bucket": bucket, "Key": "a"}, aws.role("states", "s3:GetObject")))
    with_key = aws.role("states", "s3:GetObject", "kms:Decrypt")
    assert (without_key["error"], "kms:Decrypt" in without_key["cause"]) == ("S3.S3Exception", True)
    assert aws.run(aws.task(read, {"Bucket": bucket, "Key": "a"}, with_key))["status"] == "SUCCEEDED"


def test_a_bucket_that_wants_tls_serves_the_emulators_plain_http(aws: Account) -> None:
    s3, bucket = aws.client("s3"), aws.name("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(tls_only))
    put = aws.task("arn:aws:states:::aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "a", "Body": "1"})
    assert aws.run(put)["status"] == "SUCCEEDED"


def test_a_function_without_the_right_may_not_answer_for_a_task(aws: Account) -> None:
    source = (
        "import boto3\ndef handler(event, context):\n"
        "    boto3.client('stepfunctions').send_task_success(taskToken=event['token'], output='{}')\n"
    )
    function_arn = aws.function(source, aws.role("lambda"))
    answer = aws.client("lambda").invoke(FunctionName=function_arn, Payload=json.dumps({"token": "t"}))
    details = json.load(answer["Payload"])
    assert details["errorType"] == "ClientError"
    assert "states:SendTaskSuccess" in details["errorMessage"]


def test_a_role_with_another_account_in_its_trust_policy_is_not_assumed(aws: Account) -> None:
    stranger = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    with pytest.raises(ClientError, match=r"AccessDeniedException.*authorized to assume the provided role"):
        aws.machine({"Done": {"Type": "Succeed"}}, aws.role("states", "*", condition=stranger))


def test_a_role_that_does_not_trust_lambda_is_refused_for_a_function(aws: Account) -> None:
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*cannot be assumed by Lambda"):
        aws.function("def handler(event, context): pass", aws.role("states"))


def test_an_api_invokes_a_function_only_with_a_permission_for_it(aws: Account) -> None:
    function_arn = aws.function(
        "def handler(event, context):\n    return {'statusCode': 200, 'body': 'yes'}\n"
    )
    api_id = api_for(aws, function_arn)
    assert status_of(aws, api_id) == 500
    aws.client("lambda").add_permission(
        FunctionName=function_arn,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:eu-west-1:111122223333:{api_id}/*/*",
    )
    assert status_of(aws, api_id) == 200


def test_a_schedule_starts_a_machine_under_its_own_role(aws: Account) -> None:
    machine_arn = aws.machine({"Done": {"Type": "Succeed"}})
    group_arn = "arn:aws:scheduler:eu-west-1:111122223333:schedule-group/default"
    role_arn = aws.role(
        "scheduler", "states:StartExecution", condition={"ArnEquals": {"aws:SourceArn": group_arn}}
    )
    aws.client("scheduler").create_schedule(
        Name=aws.name("schedule"),
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": machine_arn, "RoleArn": role_arn, "Input": "{}"},
    )
    listed = aws.client("stepfunctions").list_executions
    assert aws.eventually(lambda: listed(stateMachineArn=machine_arn)["executions"])


def test_reading_a_log_is_asked_for_the_stream_and_not_for_its_group(aws: Account) -> None:
    logs, group = aws.client("logs"), aws.name("/aws/sagemaker/TrainingJobs")
    logs.create_log_group(logGroupName=group)
    for stream in ("ours-1/algo-1", "theirs-1/algo-1"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    role = aws.role("states")
    ours = {
        "Effect": "Allow",
        "Action": "logs:GetLogEvents",
        "Resource": f"*:log-group:{group}:log-stream:ours-*",
    }
    aws.client("iam").put_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyName="own", PolicyDocument=policy(ours)
    )
    read = "arn:aws:states:::aws-sdk:cloudwatchlogs:getLogEvents"
    statuses = [
        aws.run(aws.task(read, {"LogGroupName": group, "LogStreamName": f"{who}-1/algo-1"}, role))["status"]
        for who in ("ours", "theirs")
    ]
    assert statuses == ["SUCCEEDED", "FAILED"]
