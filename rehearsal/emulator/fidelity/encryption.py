"""SSE-KMS objects need kms:GenerateDataKey to be written and kms:Decrypt to be read, as on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.platform import Platform

ALGORITHM = "x-amz-server-side-encryption"
KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"


def install(platform: Platform) -> None:
    """Add the key's permissions to the checks that ministack makes for an S3 request."""
    checks_without_keys = hooks.use("core.iam_actions:s3_additional_checks")

    def checks(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: dict[str, Any]
    ) -> list[tuple[str, str]]:
        found = list(checks_without_keys(method, path, headers, body, query_params))
        bucket, _, key = path.strip("/").partition("/")
        if key:
            action = hooks.use("core.iam_actions:_s3_action")(method, path, query_params)
            found += _key_checks(platform, action, (bucket, key), headers)
        return found

    hooks.replace("core.iam_actions:s3_additional_checks", checks)


def _key_checks(
    platform: Platform, action: str, address: tuple[str, str], headers: Mapping[str, str]
) -> list[tuple[str, str]]:
    if action in ("PutObject", "CreateMultipartUpload"):
        key_id = _key_for_writing(address[0], headers)
        return [("kms:GenerateDataKey", _key_arn(platform, key_id))] if key_id else []
    if action in ("GetObject", "GetObjectVersion"):
        key_id = _key_of_object(*address)
        return [("kms:Decrypt", _key_arn(platform, key_id))] if key_id else []
    return []


def _key_for_writing(bucket: str, headers: Mapping[str, str]) -> str | None:
    wanted = headers
    if not headers.get(ALGORITHM):
        wanted = hooks.use("services.s3:_bucket_default_sse_headers")(bucket)
    return wanted.get(KEY_ID) if wanted.get(ALGORITHM) == "aws:kms" else None


def _key_of_object(bucket: str, key: str) -> str | None:
    objects = (hooks.use("services.s3:_buckets").get(bucket) or {}).get("objects") or {}
    stored = hooks.use("services.s3:_stored_sse_headers")(objects.get(key) or {})
    key_id: str | None = stored.get(KEY_ID)
    return key_id


def _key_arn(platform: Platform, key_id: str) -> str:
    return (
        key_id
        if key_id.startswith("arn:")
        else f"arn:aws:kms:{platform.region}:{platform.account_id}:key/{key_id}"
    )
