"""S3 as jobs use it: prefixes down to files, files up to prefixes, by the role's own client."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


class DataError(Exception):
    """Data that can't be read or written: SageMaker reports it as ClientError in FailureReason."""


def split(uri: str) -> tuple[str, str]:
    """Split s3://bucket/key into bucket and key."""
    if not uri.startswith("s3://"):
        raise DataError(f"{uri!r} is not an S3 URI (s3://bucket/prefix)")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class Files:
    """A role's view of S3."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def keys(self, uri: str) -> list[str]:
        """Return the keys below a prefix, sorted, without the prefix's own folder markers."""
        bucket, prefix = split(uri)
        try:
            return sorted(
                item["Key"] for item in self._pages(bucket, prefix) if not item["Key"].endswith("/")
            )
        except (ClientError, BotoCoreError) as error:
            raise DataError(f"Data download failed: failed to list {uri}: {_reason(error)}") from error

    def has_keys(self, uri: str) -> bool:
        """Tell whether a prefix has objects; DataError tells S3's own message."""
        bucket, prefix = split(uri)
        try:
            answer = self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        except ClientError as error:
            raise DataError(str(error.response.get("Error", {}).get("Message", ""))) from error
        except BotoCoreError as error:
            raise DataError(str(error)) from error
        return bool(answer.get("Contents"))

    def _pages(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            answer = self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, **more)
            yield from answer.get("Contents", [])
            if not answer.get("IsTruncated"):
                return
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def download(self, bucket: str, key: str, target: Path) -> None:
        """Write one object to a file."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
            with target.open("wb") as file:
                shutil.copyfileobj(body, file, 1 << 20)
        except (ClientError, BotoCoreError) as error:
            raise DataError(f"Data download failed: s3://{bucket}/{key}: {_reason(error)}") from error

    def read(self, uri: str) -> bytes:
        """Return an object's bytes."""
        bucket, key = split(uri)
        try:
            return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except (ClientError, BotoCoreError) as error:
            raise DataError(f"{uri}: {_reason(error)}") from error

    def exists(self, uri: str) -> bool:
        """Tell whether an object is there (needs s3:GetObject only). Raises DataError where denied."""
        bucket, key = split(uri)
        try:
            self._client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound"):
                return False
            raise DataError(f"{uri}: {_reason(error)}") from error
        return True

    def write(
        self, body: bytes, uri: str, kms_key_id: str | None = None, content_type: str | None = None
    ) -> None:
        """Put bytes at a URI."""
        self._put(body, uri, kms_key_id, content_type)

    def upload(self, path: Path, uri: str, kms_key_id: str | None = None) -> None:
        """Put one file at a URI."""
        with path.open("rb") as file:
            self._put(file, uri, kms_key_id, None)

    def _put(self, body: Any, uri: str, kms_key_id: str | None, content_type: str | None) -> None:
        bucket, key = split(uri)
        extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id} if kms_key_id else {}
        if content_type:
            extra["ContentType"] = content_type
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=body, **extra)
        except (ClientError, BotoCoreError) as error:
            raise DataError(f"Artifact upload failed: {uri}: {_reason(error)}") from error

    def delete(self, uri: str) -> None:
        """Delete an object."""
        bucket, key = split(uri)
        try:
            self._client.delete_object(Bucket=bucket, Key=key)
        except (ClientError, BotoCoreError) as error:
            raise DataError(f"{uri}: {_reason(error)}") from error

    def upload_folder(self, folder: Path, uri: str, kms_key_id: str | None = None) -> int:
        """Put every file below a folder under a prefix; return how many. Links aren't followed, as on AWS."""
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        for path in files:
            self.upload(path, f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}", kms_key_id)
        return len(files)

    def source_objects(self, data_type: str, uri: str) -> list[tuple[str, str, str]]:
        """Return (bucket, key, relative path) of an S3Prefix or a ManifestFile source."""
        if data_type == "ManifestFile":
            return self._manifest(uri)
        bucket, prefix = split(uri)
        return [(bucket, key, relative(key, prefix)) for key in self.keys(uri)]

    def _manifest(self, uri: str) -> list[tuple[str, str, str]]:
        try:
            entries = json.loads(self.read(uri))
            prefix, names = entries[0]["prefix"], entries[1:]
        except (ValueError, LookupError, TypeError) as error:
            raise DataError(f"{uri} is not a manifest: a list of {{'prefix': …}} and keys") from error
        bucket, base = split(prefix)
        return [(bucket, base + name, name) for name in names]


def relative(key: str, prefix: str) -> str:
    """Return an object's path in the channel: below the prefix, or its name where the prefix is the key."""
    if prefix == "" or key.startswith(prefix.rstrip("/") + "/"):
        return key[len(prefix) :].lstrip("/")
    return key[prefix.rfind("/") + 1 :]


def _reason(error: Exception) -> str:
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        code, message = answer.get("Code", ""), answer.get("Message", "")
        if code in ("403", "AccessDenied", "AccessDeniedException"):
            return f"{code}: please ensure that the role has the permission: {message}"
        return f"{code}: {message}"
    return str(error)
