"""Buckets, keys, tables and repositories keep what the program declares about them."""

import json
from collections.abc import Callable

import pytest

from rehearsal.program.account import Account
from rehearsal.program.errors import RefusedError
from rehearsal.program.handlers.registry import Created

pytestmark = pytest.mark.rehearsal
Make = Callable[..., Created]


def test_a_bucket_keeps_its_encryption_versions_and_lock(make: Make, account: Account) -> None:
    key = make("aws:kms/key:Key", enableKeyRotation=True, deletionWindowInDays=7).outputs["arn"]
    bucket = make("aws:s3/bucket:Bucket", objectLockEnabled=True, forceDestroy=True).id
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
    rules = [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    make(kind, bucket=bucket, rules=rules)
    make(
        "aws:s3/bucketVersioning:BucketVersioning",
        bucket=bucket,
        versioningConfiguration={"status": "Enabled"},
    )
    lock = {"defaultRetention": {"mode": "GOVERNANCE", "days": 3}}
    make("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", bucket=bucket, rule=lock)
    s3 = account.client("s3")
    kept = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert kept["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    retention = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]["Rule"]
    assert retention["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 3}


def test_every_part_of_a_lifecycle_rule_arrives(make: Make, account: Account) -> None:
    bucket = make("aws:s3/bucket:Bucket").id
    rule = {
        "id": "tidy",
        "status": "Enabled",
        "filter": {"and": {"prefix": "a/", "tags": {"kind": "log"}}},
        "transitions": [{"days": 30, "storageClass": "GLACIER"}],
        "noncurrentVersionExpiration": {"noncurrentDays": 7},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 2},
    }
    make("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", bucket=bucket, rules=[rule])
    kept = account.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert kept["Filter"]["And"]["Prefix"] == "a/"
    assert kept["Filter"]["And"]["Tags"] == [{"Key": "kind", "Value": "log"}]
    assert kept["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert kept["Transitions"] == [{"Days": 30, "StorageClass": "GLACIER"}]
    assert kept["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}


def test_a_misspelt_part_of_a_lifecycle_rule_is_refused(make: Make) -> None:
    rule = {"id": "x", "status": "Enabled", "filter": {"sizeGreaterThan": 3}}
    kind = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    with pytest.raises(RefusedError, match=r"rules\[0\]\.filter\.sizeGreaterThan"):
        make(kind, bucket=make("aws:s3/bucket:Bucket").id, rules=[rule])


def test_bucket_events_go_to_eventbridge_and_to_queues(make: Make, account: Account) -> None:
    bucket, made = make("aws:s3/bucket:Bucket").id, make("aws:sqs/queue:Queue")
    queue = made.outputs["arn"]
    send = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [send]})
    make("aws:sqs/queuePolicy:QueuePolicy", queueUrl=made.id, policy=policy)
    wanted = {"id": "in", "queueArn": queue, "events": ["s3:ObjectCreated:*"], "filterPrefix": "incoming/"}
    make("aws:s3/bucketNotification:BucketNotification", bucket=bucket, eventbridge=True, queues=[wanted])
    kept = account.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    assert kept["EventBridgeConfiguration"] == {}
    assert kept["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"][0]["Value"] == "incoming/"


def test_an_inline_setting_of_a_bucket_is_refused(make: Make) -> None:
    with pytest.raises(RefusedError, match="does not honour versioning"):
        make("aws:s3/bucket:Bucket", versioning={"enabled": True})


def test_the_settings_beside_a_bucket_are_kept(make: Make, account: Account) -> None:
    bucket = make("aws:s3/bucket:Bucket").id
    switches = dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    make("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", bucket=bucket, **switches)
    owner = {"objectOwnership": "BucketOwnerEnforced"}
    make("aws:s3/bucketOwnershipControls:BucketOwnershipControls", bucket=bucket, rule=owner)
    make("aws:s3/bucketLogging:BucketLogging", bucket=bucket, targetBucket=bucket, targetPrefix="log/")
    s3 = account.client("s3")
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    kept = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert kept == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetPrefix"] == "log/"


def test_an_object_of_text_is_stored_with_its_type(make: Make, account: Account) -> None:
    bucket = make("aws:s3/bucket:Bucket").id
    kind = "aws:s3/bucketObjectv2:BucketObjectv2"
    make(kind, bucket=bucket, key="a.json", content="{}", contentType="application/json", tags={"a": "b"})
    stored = account.client("s3").get_object(Bucket=bucket, Key="a.json")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"{}", "application/json")


def test_a_key_rotates_and_answers_to_its_alias(make: Make, account: Account) -> None:
    key = make("aws:kms/key:Key", enableKeyRotation=True, rotationPeriodInDays=180, description="data").id
    make("aws:kms/alias:Alias", name="alias/data-of-test", targetKeyId=key)
    kms = account.client("kms")
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180
    assert kms.describe_key(KeyId="alias/data-of-test")["KeyMetadata"]["KeyId"] == key


def test_a_table_keeps_keys_expiry_recovery_and_encryption(make: Make, account: Account) -> None:
    key = make("aws:kms/key:Key").outputs["arn"]
    name = make(
        "aws:dynamodb/table:Table",
        billingMode="PAY_PER_REQUEST",
        hashKey="run",
        rangeKey="at",
        attributes=[{"name": "run", "type": "S"}, {"name": "at", "type": "N"}],
        ttl={"attributeName": "expires", "enabled": True},
        pointInTimeRecovery={"enabled": True},
        serverSideEncryption={"enabled": True, "kmsKeyArn": key},
    ).id
    client = account.client("dynamodb")
    table = client.describe_table(TableName=name)["Table"]
    assert [part["KeyType"] for part in table["KeySchema"]] == ["HASH", "RANGE"]
    assert table["SSEDescription"]["KMSMasterKeyArn"] == key
    expiry = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry["AttributeName"] == "expires"


def test_a_repository_keeps_its_policies(make: Make, account: Account) -> None:
    made = make(
        "aws:ecr/repository:Repository",
        name="trainyard/trainer",
        imageTagMutability="IMMUTABLE",
        forceDelete=True,
    )
    selection = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 7,
    }
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    policy = json.dumps({"rules": [rule]})
    make("aws:ecr/lifecyclePolicy:LifecyclePolicy", repository=made.id, policy=policy)
    kept = account.client("ecr").get_lifecycle_policy(repositoryName=made.id)["lifecyclePolicyText"]
    assert json.loads(kept) == json.loads(policy)
    assert made.outputs["repositoryUrl"].endswith("amazonaws.com/trainyard/trainer")
