"""Encrypted topics, queues, tables and log groups ask for their key, of callers and of other services."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account, policy

ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
SENDING = ["kms:GenerateDataKey", "kms:Decrypt"]


def for_iam() -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*"}


def for_service(service: str, *actions: str, **condition: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions),
        "Resource": "*",
    }
    return statement | condition


def topic(aws: Account, key_arn: str, publisher: str = "") -> str:
    """An encrypted topic that a service may publish to, as far as its own policy goes."""
    sns = aws.client("sns")
    arn = str(sns.create_topic(Name=aws.name("topic"), Attributes={"KmsMasterKeyId": key_arn})["TopicArn"])
    if publisher:
        allowed = for_service(publisher, "sns:Publish") | {"Resource": arn}
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy(allowed))
    return arn


def queue(aws: Account, key_arn: str, sender: str = "events.amazonaws.com") -> tuple[str, str]:
    """An encrypted queue that takes messages from a service, as far as its own policy goes."""
    url, arn = aws.queue(lambda arn: for_service(sender, "sqs:SendMessage") | {"Resource": arn})
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key_arn})
    return url, arn


def is_empty(aws: Account, url: str) -> bool:
    return "Messages" not in aws.client("sqs").receive_message(QueueUrl=url)


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    return str(failure.value.response["Error"]["Code"])


def test_publishing_to_an_encrypted_topic_needs_both_actions_on_its_key(aws: Account) -> None:
    message = {"TopicArn": topic(aws, aws.key()), "Message": "m"}
    assert code_of(aws.user("sns:Publish").client("sns").publish, **message) == "KMSAccessDenied"
    half = aws.user("sns:Publish", "kms:GenerateDataKey")
    assert code_of(half.client("sns").publish, **message) == "KMSAccessDenied"
    aws.user("sns:Publish", *SENDING).client("sns").publish(**message)


def test_a_topic_whose_key_is_disabled_or_gone_says_which(aws: Account) -> None:
    key_arn = aws.key()
    message = {"TopicArn": topic(aws, key_arn), "Message": "m"}
    aws.client("kms").disable_key(KeyId=key_arn)
    publish = aws.user("sns:Publish", *SENDING).client("sns").publish
    assert code_of(publish, **message) == "KMSDisabled"
    assert code_of(publish, TopicArn=topic(aws, "alias/nobodys"), Message="m") == "KMSNotFound"


def test_an_encrypted_queue_asks_senders_and_receivers_for_its_key(aws: Account) -> None:
    url, _ = queue(aws, aws.key())
    sender, receiver = aws.user("sqs:*", *SENDING), aws.user("sqs:*", "kms:Decrypt")
    message = {"QueueUrl": url, "MessageBody": "m"}
    assert code_of(receiver.client("sqs").send_message, **message) == "KMS.AccessDeniedException"
    sender.client("sqs").send_message(**message)
    assert (
        code_of(aws.user("sqs:*").client("sqs").receive_message, QueueUrl=url) == "KMS.AccessDeniedException"
    )
    assert receiver.client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "m"


def table(aws: Account, key_arn: str) -> str:
    name = aws.name("table")
    aws.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn},
    )
    return name


def test_items_of_an_encrypted_table_need_its_key_in_the_tables_name(aws: Account) -> None:
    name = table(aws, key_arn := aws.key())
    item = {"TableName": name, "Item": {"id": {"S": "1"}}}
    own = {"StringEquals": {"kms:EncryptionContext:aws:dynamodb:tableName": name}}
    document = policy(for_iam() | {"Condition": own})
    aws.client("kms").put_key_policy(KeyId=key_arn, PolicyName="default", Policy=document)
    with pytest.raises(ClientError, match=r"AccessDeniedException.*kms:Decrypt"):
        aws.user("dynamodb:*").client("dynamodb").put_item(**item)
    reader = aws.user("dynamodb:*", "kms:Decrypt").client("dynamodb")
    reader.put_item(**item)
    with pytest.raises(ClientError, match=r"AccessDeniedException.*kms:Decrypt"):
        reader.put_item(**item | {"TableName": table(aws, key_arn)})


def test_a_rule_fills_an_encrypted_queue_only_if_the_key_lets_eventbridge(aws: Account) -> None:
    open_url, open_arn = queue(aws, aws.key(for_iam(), for_service("events.amazonaws.com", *SENDING)))
    closed_url, closed_arn = queue(aws, aws.key())
    source = aws.name("source")
    events = aws.client("events")
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    targets = [{"Id": "closed", "Arn": closed_arn}, {"Id": "open", "Arn": open_arn}]
    events.put_targets(Rule=source, Targets=targets)
    events.put_events(Entries=[{"Source": source, "DetailType": "Test", "Detail": "{}"}])
    assert aws.message(open_url)["detail-type"] == "Test"
    assert is_empty(aws, closed_url)


def test_a_source_account_in_the_key_policy_keeps_eventbridge_out(aws: Account) -> None:
    ours = {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}
    statement = for_service("events.amazonaws.com", *SENDING, **ours)
    url, arn = queue(aws, aws.key(for_iam(), statement))
    source, events = aws.name("source"), aws.client("events")
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=source, Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{"Source": source, "DetailType": "Test", "Detail": "{}"}])
    assert is_empty(aws, url)


@pytest.mark.parametrize("is_open", [True, False])
def test_an_alarm_reaches_an_encrypted_topic_only_if_the_key_lets_cloudwatch(
    aws: Account, is_open: bool
) -> None:
    ours = {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}
    statement = for_service("cloudwatch.amazonaws.com", *SENDING, **ours)
    topic_arn = topic(aws, aws.key(for_iam(), *([statement] if is_open else [])), "cloudwatch.amazonaws.com")
    url, arn = aws.queue(lambda arn: for_service("sns.amazonaws.com", "sqs:SendMessage") | {"Resource": arn})
    aws.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
    ring(aws, topic_arn)
    assert is_empty(aws, url) is not is_open


def ring(aws: Account, topic_arn: str) -> None:
    """Set an alarm off that tells the topic."""
    cloudwatch, name = aws.client("cloudwatch"), aws.name("alarm")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic_arn],
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by hand")


def test_a_topic_whose_policy_has_no_word_of_cloudwatch_hears_no_alarm(aws: Account) -> None:
    sns = aws.client("sns")
    topic_arn = sns.create_topic(Name=aws.name("topic"))["TopicArn"]
    events_only = for_service("events.amazonaws.com", "sns:Publish") | {"Resource": topic_arn}
    sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy(events_only))
    url, arn = aws.queue(lambda arn: for_service("sns.amazonaws.com", "sqs:SendMessage") | {"Resource": arn})
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
    ring(aws, topic_arn)
    assert is_empty(aws, url)


@pytest.mark.parametrize("is_open", [True, False])
def test_a_topic_fills_an_encrypted_queue_only_if_the_key_lets_sns(aws: Account, is_open: bool) -> None:
    statement = for_service("sns.amazonaws.com", *SENDING)
    key_arn = aws.key(for_iam(), *([statement] if is_open else []))
    url, arn = queue(aws, key_arn, "sns.amazonaws.com")
    sns = aws.client("sns")
    topic_arn = sns.create_topic(Name=aws.name("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic_arn, Message="m")
    assert is_empty(aws, url) is not is_open


def test_a_log_group_is_refused_unless_its_key_lets_logs_in_for_it(aws: Account) -> None:
    name = aws.name("/group")
    logs_arn = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:111122223333:log-group:{name}"}
    actions = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    condition = {"Condition": {"ArnEquals": logs_arn}}
    statement = for_service("logs.eu-west-1.amazonaws.com", *actions, **condition)
    create = aws.client("logs").create_log_group
    fitting, other = aws.key(for_iam(), statement), aws.key()
    for call in (
        {"logGroupName": name, "kmsKeyId": other},
        {"logGroupName": f"{name}x", "kmsKeyId": fitting},
    ):
        with pytest.raises(
            ClientError, match=r"InvalidParameterException.*is not allowed to be used with Arn"
        ):
            create(**call)
    create(logGroupName=name, kmsKeyId=fitting)
