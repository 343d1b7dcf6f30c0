"""Objects that may not be there: they are looked for before they are read. Where a role may list a bucket
below some prefixes alone, S3 may answer that access is denied for a missing key, not that it is missing."""

from __future__ import annotations

from typing import Any


def exists(s3: Any, bucket: str, key: str) -> bool:
    """Whether there is an object at the key."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", ())
    return any(entry["Key"] == key for entry in found)  # of keys with a prefix, that itself is the first


def read(s3: Any, bucket: str, key: str) -> bytes | None:
    """The object's bytes; None where there is none."""
    return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) if exists(s3, bucket, key) else None
