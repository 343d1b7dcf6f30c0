"""What S3 asks beside a request's own action: for the tags that it gives or copies along, and before it tells
that an object is missing.

From the permissions of CopyObject and GetObject, https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
and API_GetObject.html: a tagged object is copied with its tags, and who may not list a bucket is told that
access is denied. Whether a grant to list that names prefixes (`s3:prefix`) is one for a key below them is not
said; it counts as none here, so that nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.emulator import hooks

Check = tuple[str, str]
"""An action and the resource it is asked for."""


def install() -> None:
    """Add them to the further checks that ministack makes for S3."""
    further_checks = hooks.use("core.iam_actions:s3_additional_checks")

    def checks(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: dict[str, Any]
    ) -> list[Check]:
        found = list(further_checks(method, path, headers, body, query_params))
        bucket, _, key = path.strip("/").partition("/")
        action = hooks.use("core.iam_actions:_s3_action")(method, path, query_params) if key else None
        if action == "PutObject" and "uploadId" not in query_params:
            found += _of_tags(f"arn:aws:s3:::{bucket}/{key}", headers)
        source = hooks.use("core.iam_actions:_s3_source_object")(headers)
        if action == "GetObject" or source:
            found += _of_missing(source[0] if source else f"arn:aws:s3:::{bucket}/{key}")
        return found

    hooks.replace("core.iam_actions:s3_additional_checks", checks)


def _of_tags(target_arn: str, headers: Mapping[str, str]) -> Iterator[Check]:
    source = hooks.use("core.iam_actions:_s3_source_object")(headers)
    is_copied = source and headers.get("x-amz-tagging-directive", "COPY").upper() == "COPY"
    if is_copied and _tags(*source):
        yield "s3:GetObjectTagging", source[0]
        yield "s3:PutObjectTagging", target_arn
    elif headers.get("x-amz-tagging"):
        yield "s3:PutObjectTagging", target_arn


def _of_missing(arn: str) -> Iterator[Check]:
    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    if bucket in hooks.use("services.s3:_buckets") and key not in _objects(bucket):
        yield "s3:ListBucket", f"arn:aws:s3:::{bucket}"


def _tags(source_arn: str, version_id: str) -> Mapping[str, str]:
    bucket, _, key = source_arn.removeprefix("arn:aws:s3:::").partition("/")
    current = _objects(bucket).get(key) or {}
    tags: Mapping[Any, Mapping[str, str]] = hooks.use("services.s3:_object_tags")
    return tags.get((bucket, key, version_id or current.get("version_id"))) or {}


def _objects(bucket: str) -> Mapping[str, Any]:
    found = hooks.use("services.s3:_buckets").get(bucket) or {}
    objects: Mapping[str, Any] = found.get("objects") or {}
    return objects
