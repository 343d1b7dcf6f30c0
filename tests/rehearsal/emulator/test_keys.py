"""Objects under a KMS key: who may read and write them, by key policy, identity policy and grants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account, policy

ROOT = "arn:aws:iam::111122223333:root"
S3_ONLY = ("s3:GetObject", "s3:PutObject")
WITH_KEY = (*S3_ONLY, "kms:Decrypt", "kms:GenerateDataKey")


def leaves_it_to_iam(**condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"} | condition


def lets(arn: str, *actions: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"AWS": arn}, "Action": list(actions), "Resource": "*"}


def administers(root: str = ROOT) -> dict[str, Any]:
    """Root keeps the key's administration; its use is nobody's by this."""
    return lets(root, "kms:PutKeyPolicy", "kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:CreateGrant")


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    error = failure.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def test_the_roots_statement_leaves_a_key_to_identity_policies(aws: Account) -> None:
    bucket = aws.bucket(aws.key())
    aws.user(*WITH_KEY).client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    code, message = refused(aws.user(*S3_ONLY).client("s3").put_object, Bucket=bucket, Key="b", Body=b"1")
    assert code == "AccessDenied"
    assert "no identity-based policy allows the kms:GenerateDataKey action" in message


def test_an_identity_policy_alone_opens_no_key(aws: Account) -> None:
    key_arn = aws.key(administers())
    put = aws.user(*WITH_KEY).client("s3").put_object
    code, message = refused(put, Bucket=aws.bucket(key_arn), Key="a", Body=b"1")
    assert code == "AccessDenied"
    assert f"{key_arn} because no resource-based policy allows the kms:GenerateDataKey action" in message


def test_a_key_policy_that_names_the_caller_needs_no_identity_policy(aws: Account) -> None:
    user = aws.user(*S3_ONLY)
    bucket = aws.bucket(aws.key(administers(), lets(user.arn, "kms:GenerateDataKey", "kms:Decrypt")))
    user.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    assert user.client("s3").get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"


def test_a_deny_of_the_key_policy_wins_over_every_allow(aws: Account) -> None:
    user = aws.user("s3:*", "kms:*")
    denied = lets(user.arn, "kms:GenerateDataKey", effect="Deny")
    bucket = aws.bucket(aws.key(leaves_it_to_iam(), denied))
    _, message = refused(user.client("s3").put_object, Bucket=bucket, Key="a", Body=b"1")
    assert "with an explicit deny in a resource-based policy" in message


def test_the_accounts_root_needs_the_key_policy_as_everybody_does(aws: Account) -> None:
    bucket = aws.bucket(aws.key(administers()))
    assert refused(aws.client("s3").put_object, Bucket=bucket, Key="a", Body=b"1")[0] == "AccessDenied"


def test_a_grant_opens_a_key_for_its_operations_only(aws: Account) -> None:
    user = aws.user(*S3_ONLY)
    key_arn = aws.key(administers())
    grant = {"KeyId": key_arn, "GranteePrincipal": user.arn, "Operations": ["GenerateDataKey"]}
    aws.client("kms").create_grant(**grant)
    bucket = aws.bucket(key_arn)
    user.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    assert "kms:Decrypt" in refused(user.client("s3").get_object, Bucket=bucket, Key="a")[1]


@pytest.mark.parametrize(("via", "is_open"), [("s3.eu-west-1.amazonaws.com", True), ("sns.*", False)])
def test_a_condition_on_the_service_holds_s3_to_it(aws: Account, via: str, is_open: bool) -> None:
    condition = {"StringLike": {"kms:ViaService": via}}
    user = aws.user(*WITH_KEY)
    bucket = aws.bucket(aws.key(leaves_it_to_iam(Condition=condition)))
    put = {"Bucket": bucket, "Key": "a", "Body": b"1"}
    if is_open:
        user.client("s3").put_object(**put)
    else:
        assert refused(user.client("s3").put_object, **put)[0] == "AccessDenied"


@pytest.mark.parametrize("has_bucket_key", [True, False])
def test_the_encryption_context_is_the_object_or_with_a_bucket_key_the_bucket(
    aws: Account, has_bucket_key: bool
) -> None:
    bucket = aws.bucket(key_arn := aws.key(), BucketKeyEnabled=has_bucket_key)
    wanted = f"arn:aws:s3:::{bucket}" if has_bucket_key else f"arn:aws:s3:::{bucket}/right"
    condition = {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": wanted}}
    document = leaves_it_to_iam(Condition=condition)
    aws.client("kms").put_key_policy(KeyId=key_arn, PolicyName="default", Policy=policy(document))
    s3 = aws.user(*WITH_KEY).client("s3")
    s3.put_object(Bucket=bucket, Key="right", Body=b"1")
    if not has_bucket_key:
        assert refused(s3.put_object, Bucket=bucket, Key="wrong", Body=b"1")[0] == "AccessDenied"


def test_a_key_that_does_not_exist_is_refused_in_s3s_form(aws: Account) -> None:
    bucket = aws.bucket()
    for key in ("alias/nobodys", "11111111-2222-3333-4444-555555555555"):
        encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
        code, message = refused(aws.client("s3").put_object, Bucket=bucket, Key="a", Body=b"1", **encrypted)
        assert code == "KMS.NotFoundException"
        assert key in message


def test_a_key_is_found_by_its_alias_and_judged_by_its_arn(aws: Account) -> None:
    alias, key_arn = f"alias/{aws.name('data')}", aws.key()
    aws.client("kms").create_alias(AliasName=alias, TargetKeyId=key_arn)
    bucket = aws.bucket()
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": alias}
    aws.user(*WITH_KEY).client("s3").put_object(Bucket=bucket, Key="a", Body=b"1", **encrypted)
    get = aws.user(*S3_ONLY).client("s3").get_object
    assert key_arn in refused(get, Bucket=bucket, Key="a")[1]


def test_a_disabled_key_opens_nothing_until_it_is_enabled_again(aws: Account) -> None:
    key_arn = aws.key()
    bucket, s3 = aws.bucket(key_arn), aws.client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    aws.client("kms").disable_key(KeyId=key_arn)
    assert refused(s3.get_object, Bucket=bucket, Key="a")[0] == "KMS.DisabledException"
    aws.client("kms").enable_key(KeyId=key_arn)
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"


def test_a_key_that_waits_for_its_deletion_is_in_no_state_to_be_used(aws: Account) -> None:
    key_arn = aws.key()
    bucket = aws.bucket(key_arn)
    aws.client("kms").schedule_key_deletion(KeyId=key_arn, PendingWindowInDays=7)
    code, message = refused(aws.client("s3").put_object, Bucket=bucket, Key="a", Body=b"1")
    assert code == "KMS.KMSInvalidStateException"
    assert "is pending deletion" in message


def test_a_copy_reads_with_one_key_and_writes_with_the_other(aws: Account) -> None:
    source, target = aws.bucket(aws.key()), aws.bucket(aws.key())
    aws.client("s3").put_object(Bucket=source, Key="a", Body=b"1")
    copy = {"Bucket": target, "Key": "b", "CopySource": {"Bucket": source, "Key": "a"}}
    for lacking, given in (("kms:Decrypt", "kms:GenerateDataKey"), ("kms:GenerateDataKey", "kms:Decrypt")):
        s3 = aws.user(*S3_ONLY, given).client("s3")
        assert f"perform: {lacking}" in refused(s3.copy_object, **copy)[1]
    aws.user(*WITH_KEY).client("s3").copy_object(**copy)


def test_joining_the_parts_of_an_upload_needs_to_read_them(aws: Account) -> None:
    bucket = aws.bucket(aws.key())
    s3 = aws.user(*S3_ONLY, "kms:GenerateDataKey").client("s3")
    upload = {"Bucket": bucket, "Key": "a"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"1")["ETag"]}
    call = {**upload, "MultipartUpload": {"Parts": [part]}}
    assert "kms:Decrypt" in refused(s3.complete_multipart_upload, **call)[1]
    aws.user(*WITH_KEY).client("s3").complete_multipart_upload(**call)


def test_head_is_answered_without_the_key_but_for_the_checksum(aws: Account) -> None:
    bucket = aws.bucket(aws.key())
    aws.client("s3").put_object(Bucket=bucket, Key="a", Body=b"12")
    s3 = aws.user(*S3_ONLY).client("s3")
    assert s3.head_object(Bucket=bucket, Key="a")["ContentLength"] == 2
    assert refused(s3.head_object, Bucket=bucket, Key="a", ChecksumMode="ENABLED")[0] == "403"


def test_a_call_of_kms_itself_is_held_to_its_encryption_context(aws: Account) -> None:
    kept = {"StringEquals": {"kms:EncryptionContext:purpose": "flights"}}
    key_arn = aws.key(leaves_it_to_iam(Condition=kept), administers())
    encrypt = aws.user("kms:Encrypt").client("kms").encrypt
    encrypt(KeyId=key_arn, Plaintext=b"1", EncryptionContext={"purpose": "flights"})
    for context in ({}, {"purpose": "other"}):
        code, _ = refused(encrypt, KeyId=key_arn, Plaintext=b"1", EncryptionContext=context)
        assert code == "AccessDeniedException"


def test_the_use_of_a_key_is_on_record_under_the_role(aws: Account) -> None:
    key_arn = aws.key()
    role_arn = aws.role("states", *WITH_KEY)
    put = {"Bucket": aws.bucket(key_arn), "Key": "a", "Body": "1"}
    aws.run(aws.task("arn:aws:states:::aws-sdk:s3:putObject", put, role_arn))
    entries = aws.emulator.control("GET", "access")["access"]
    found = [one for one in entries if (one["principal"], one["resource"]) == (role_arn, key_arn)]
    assert [(one["action"], one["allowed"], one["denied"]) for one in found] == [
        ("kms:GenerateDataKey", 1, 0)
    ]
