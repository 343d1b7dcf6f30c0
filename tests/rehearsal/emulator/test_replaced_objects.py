"""A run's landed files in the embedded S3: what was planned is read, what was replaced since is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.artifacts import RunKeys
from contracts.failures import DataReplaced
from contracts.landed import document_of, listed, refuse_replaced
from functions.data_preparation.validate_schema.ranged import RangedObject
from tests.rehearsal.conftest import Account

KEY = "incoming/flights/2013-01.csv"


def in_parts(s3: Any, bucket: str, body: bytes) -> None:
    """Uploads as large files are: the ETag is no MD5 of the body then."""
    at = {"Bucket": bucket, "Key": KEY}
    upload = {**at, "UploadId": s3.create_multipart_upload(**at)["UploadId"]}
    part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=body)["ETag"]}
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})


def test_a_file_uploaded_in_parts_is_itself_until_it_is_landed_again(aws: Account) -> None:
    bucket, s3, keys = aws.bucket(aws.key()), aws.client("s3"), RunKeys("r")
    in_parts(s3, bucket, b"first")
    (file,) = listed(s3, bucket, "incoming/flights/")
    s3.put_object(Bucket=bucket, Key=keys.landed, Body=json.dumps(document_of([file])).encode())
    refuse_replaced(s3, bucket, keys)
    source = RangedObject(s3, bucket, KEY, file.etag)
    assert source.range(0, 3) == b"fir"
    in_parts(s3, bucket, b"other")
    for read in (lambda: RangedObject(s3, bucket, KEY, file.etag), lambda: b"".join(source.chunks())):
        with pytest.raises(DataReplaced, match=KEY):
            read()
    with pytest.raises(DataReplaced, match=f"{KEY} was written again"):
        refuse_replaced(s3, bucket, keys)
