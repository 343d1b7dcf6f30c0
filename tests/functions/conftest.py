"""An S3 that lives in memory, with just the calls that functions make; replaced objects get another ETag."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


class FakeS3:
    """Objects by (bucket, key); `calls` remembers what was changed, `reads` which ranges were asked for."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.written: dict[tuple[str, str], datetime] = {}
        self.calls: list[tuple[str, str]] = []
        self.reads: list[str | None] = []
        self.tags: dict[tuple[str, str], dict[str, str]] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.calls.append(("put", Key))
        self.objects[Bucket, Key] = Body
        self.written[Bucket, Key] = STARTED + timedelta(seconds=len(self.calls))
        return {}

    def head_object(self, Bucket: str, Key: str, IfMatch: str | None = None) -> dict[str, Any]:  # noqa: N803
        body = self._body("HeadObject", Bucket, Key)
        if IfMatch not in (None, _etag(body)):
            raise _error("412", "HeadObject")  # a HEAD's answer has no body to say more
        return {"ContentLength": len(body), "ETag": _etag(body)}

    def get_object(
        self,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Range: str | None = None,  # noqa: N803
        IfMatch: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        self.reads.append(Range)
        body = self._body("GetObject", Bucket, Key)
        if IfMatch not in (None, _etag(body)):
            raise _error("PreconditionFailed", "GetObject")
        start, end = map(int, (Range or f"bytes=0-{len(body)}").removeprefix("bytes=").split("-"))
        if start > end:  # is no range by RFC 9110, and what is none is ignored
            return {"Body": io.BytesIO(body)}
        if Range and start >= len(body):
            raise _error("InvalidRange", "GetObject")
        return {"Body": io.BytesIO(body[start : end + 1])}

    def copy_object(
        self,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        CopySource: dict[str, str],  # noqa: N803
        CopySourceIfMatch: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        self.calls.append(("copy", Key))
        body = self._body("CopyObject", CopySource["Bucket"], CopySource["Key"])
        if CopySourceIfMatch not in (None, _etag(body)):
            raise _error("PreconditionFailed", "CopyObject")
        self.objects[Bucket, Key] = body
        return {}

    def delete_object(self, Bucket: str, Key: str, IfMatch: str | None = None) -> dict[str, Any]:  # noqa: N803
        self.calls.append(("delete", Key))
        if IfMatch and _etag(self._body("DeleteObject", Bucket, Key)) != IfMatch:
            raise _error("PreconditionFailed", "DeleteObject")
        self.objects.pop((Bucket, Key), None)
        return {}

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        for entry in Delete["Objects"]:
            self.delete_object(Bucket, entry["Key"])
        return {}

    def list_objects_v2(self, Bucket: str, Prefix: str, MaxKeys: int = 1000) -> dict[str, Any]:  # noqa: N803
        keys = sorted(key for bucket, key in self.objects if bucket == Bucket and key.startswith(Prefix))
        contents = [
            {
                "Key": key,
                "Size": len(self.objects[Bucket, key]),
                "ETag": _etag(self.objects[Bucket, key]),
                "LastModified": self.written.get((Bucket, key), STARTED),
            }
            for key in keys[:MaxKeys]
        ]
        return {"Contents": contents, "KeyCount": len(contents)} if contents else {"KeyCount": 0}

    def put_object_tagging(self, Bucket: str, Key: str, Tagging: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        self._body("PutObjectTagging", Bucket, Key)
        self.tags[Bucket, Key] = {tag["Key"]: tag["Value"] for tag in Tagging["TagSet"]}
        return {}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_objects_v2"
        return self

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        yield self.list_objects_v2(**arguments)

    def etag(self, bucket: str, key: str) -> str:
        return _etag(self.objects[bucket, key])

    def keys(self, bucket: str) -> list[str]:
        return sorted(key for name, key in self.objects if name == bucket)

    def _body(self, operation: str, bucket: str, key: str) -> bytes:
        if (bucket, key) not in self.objects:
            raise _error("NoSuchKey", operation)
        return self.objects[bucket, key]


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


@pytest.fixture
def fake_s3() -> FakeS3:
    return FakeS3()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of a function, with the buckets that all of them share."""
    monkeypatch.setenv("LANDING_BUCKET", "landing")
    monkeypatch.setenv("ARTIFACTS_BUCKET", "artifacts")
    monkeypatch.setenv("KEY_ARN", "arn:aws:kms:eu-west-1:111122223333:key/k")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return monkeypatch
