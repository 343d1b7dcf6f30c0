"""Tags of objects, and objects that are missing: what S3 wants to be allowed beside reading and writing."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.conftest import Account

READ_AND_WRITE = ("s3:GetObject", "s3:PutObject")
TAGGING = ("s3:GetObjectTagging", "s3:PutObjectTagging")


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    return str(failure.value.response["Error"]["Code"])


@pytest.mark.parametrize("missing", TAGGING)
def test_a_tagged_object_is_copied_by_those_alone_who_may_read_and_write_tags(
    aws: Account, missing: str
) -> None:
    bucket, root = aws.bucket(), aws.client("s3")
    root.put_object(Bucket=bucket, Key="a", Body=b"1", Tagging="source=crm")
    root.put_object(Bucket=bucket, Key="plain", Body=b"1")
    copy = {"Bucket": bucket, "Key": "b", "CopySource": {"Bucket": bucket, "Key": "a"}}
    some = [action for action in TAGGING if action != missing]
    refused = aws.user(*READ_AND_WRITE, *some).client("s3")
    assert code_of(refused.copy_object, **copy) == "AccessDenied"
    refused.copy_object(**{**copy, "CopySource": {"Bucket": bucket, "Key": "plain"}})
    aws.user(*READ_AND_WRITE, *TAGGING).client("s3").copy_object(**copy)
    assert root.get_object_tagging(Bucket=bucket, Key="b")["TagSet"] == [{"Key": "source", "Value": "crm"}]


def test_an_object_is_written_with_tags_by_those_who_may_write_tags(aws: Account) -> None:
    put = {"Bucket": aws.bucket(), "Key": "a", "Body": b"1", "Tagging": "source=crm"}
    assert code_of(aws.user(*READ_AND_WRITE).client("s3").put_object, **put) == "AccessDenied"
    aws.user(*READ_AND_WRITE, "s3:PutObjectTagging").client("s3").put_object(**put)


@pytest.mark.parametrize(
    ("actions", "condition", "code"),
    [
        (("s3:GetObject",), None, "AccessDenied"),
        (("s3:GetObject", "s3:ListBucket"), None, "NoSuchKey"),
        (("s3:GetObject", "s3:ListBucket"), {"StringLikeIfExists": {"s3:prefix": "a*"}}, "NoSuchKey"),
    ],
)
def test_that_an_object_is_missing_is_told_to_those_who_may_list_the_bucket(
    aws: Account, actions: tuple[str, ...], condition: Any, code: str
) -> None:
    bucket, s3 = aws.bucket(), aws.user(*actions, condition=condition).client("s3")
    assert code_of(s3.get_object, Bucket=bucket, Key="a") == code
    assert code_of(s3.head_object, Bucket=bucket, Key="a") == {"NoSuchKey": "404"}.get(code, "403")
