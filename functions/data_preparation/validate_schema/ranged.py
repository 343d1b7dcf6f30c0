"""An S3 object as a source of ranges: every read is a ranged GET of the version that was planned, so a
Parquet file of any size is judged from the few ranges that matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from contracts.failures import DataReplaced

# What the function reads of a file within its time: two minutes at 40 MB a second. Footers and dictionaries
# of files of any size are thousandths of it; a large file without statistics or dictionaries takes a job.
MAX_READ_BYTES = 4 * 1024**3
# A first read of this much usually holds the whole footer.
TAIL_BYTES = 64 * 1024


class TooMuchToReadError(Exception):
    """A verdict on the file takes more of its bytes than the function reads in its time."""


class RangedObject:
    """The version of an object that has this ETag; raises DataReplaced when it was replaced, or has gone, and
    TooMuchToReadError rather than read on for longer than the function may run."""

    def __init__(self, s3: Any, bucket: str, key: str, etag: str) -> None:
        self._s3, self._bucket, self.key, self._etag = s3, bucket, key, etag
        self.size: int = self._call(s3.head_object)["ContentLength"]
        self._tail_start, self._tail = self.size, b""
        self.bytes_read = 0

    def range(self, start: int, end: int) -> bytes:
        """The bytes of [start, end), cut at the end of the object."""
        end = min(end, self.size)
        if start >= end:
            return b""
        if start >= self.size - TAIL_BYTES and not self._tail:
            self._tail_start = max(0, self.size - TAIL_BYTES)
            self._tail = self._get(self._tail_start, self.size)
        if start >= self._tail_start:
            return self._tail[start - self._tail_start : end - self._tail_start]
        return self._get(start, end)

    def chunks(self, size: int = 1024 * 1024) -> Iterator[bytes]:
        """The whole object, once, from front to back."""
        body = self._call(self._s3.get_object)["Body"]
        return iter(lambda: body.read(size), b"")

    def _get(self, start: int, end: int) -> bytes:
        if self.bytes_read + end - start > MAX_READ_BYTES:
            raise TooMuchToReadError(self.key)
        answer = self._call(self._s3.get_object, Range=f"bytes={start}-{end - 1}")
        data: bytes = answer["Body"].read()
        self.bytes_read += len(data)
        return data

    def _is_listed(self) -> bool:
        """Whether there is a version: S3 may deny access to a missing key, not say that it is missing."""
        found = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=self.key, MaxKeys=1).get("Contents", ())
        return any(entry["Key"] == self.key for entry in found)

    def _call(self, operation: Any, **arguments: Any) -> Any:
        try:
            return operation(Bucket=self._bucket, Key=self.key, IfMatch=self._etag, **arguments)
        except ClientError as error:
            where = f"s3://{self._bucket}/{self.key}"
            code = error.response["Error"]["Code"]
            if code in ("PreconditionFailed", "412"):
                raise DataReplaced(f"{where} was replaced after it was listed; start a new run") from error
            if code in ("NoSuchKey", "404", "NotFound") or not self._is_listed():
                raise DataReplaced(f"{where} has gone since the run listed it; start a new run") from error
            raise
