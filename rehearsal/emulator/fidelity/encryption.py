"""SSE-KMS objects need kms:GenerateDataKey to be written and kms:Decrypt to be read, by caller and key.

From https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html; S3's own codes for keys
that are missing or can't be used are those recorded by public projects on the real service.
"""

from __future__ import annotations

import contextvars
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.keys import Keys, KeyUse
from rehearsal.emulator.platform import KeyRefusal

ALGORITHM = "x-amz-server-side-encryption"
KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"
BUCKET_KEY = "x-amz-server-side-encryption-bucket-key-enabled"
KMS_ALGORITHMS = ("aws:kms", "aws:kms:dsse")
CODES = {
    "NotFound": "KMS.NotFoundException",
    "Disabled": "KMS.DisabledException",
    "InvalidState": "KMS.KMSInvalidStateException",
    "AccessDenied": "AccessDenied",
}
READING, WRITING = "kms:Decrypt", "kms:GenerateDataKey"

Address = tuple[str, str]
"""Bucket and key of an object."""

# The uses that the request at hand makes of keys, by action and the key's ARN.
_uses: contextvars.ContextVar[dict[tuple[str, str], KeyUse]] = contextvars.ContextVar("uses_of_keys")


def install(keys: Keys) -> None:
    """Add what a request needs of keys to the further checks that ministack makes for S3."""
    checks_without_keys = hooks.use("core.iam_actions:s3_additional_checks")

    def checks(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: dict[str, Any]
    ) -> list[tuple[str, str]]:
        found = list(checks_without_keys(method, path, headers, body, query_params))
        bucket, _, key = path.strip("/").partition("/")
        action = hooks.use("core.iam_actions:_s3_action")(method, path, query_params)
        uses = _uses_by(method, action, (bucket, key), headers, query_params) if key and action else ()
        _uses.set({(use.action, keys.arn(use.key)): use for use in uses})
        return found + list(_uses.get())

    hooks.replace("core.iam_actions:s3_additional_checks", checks)


def refusal(keys: Keys, access_key_id: str, action: str, key_arn: str) -> KeyRefusal | None:
    """Answer one of the checks that `install` adds: why the caller can't use the key for this request."""
    return keys.refusal(access_key_id, _uses.get()[action, key_arn])


def _uses_by(
    method: str, action: str, address: Address, headers: Mapping[str, str], query_params: Mapping[str, Any]
) -> Iterator[KeyUse]:
    if action in ("PutObject", "CreateMultipartUpload"):
        yield from _writing(method, address, headers, query_params)
    # S3 answers HEAD from metadata that isn't encrypted, but for the checksum.
    is_decrypted = method != "HEAD" or headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
    if action in ("GetObject", "GetObjectVersion") and is_decrypted:
        yield from _reading(address, _first(query_params, "versionId"))


def _writing(
    method: str, address: Address, headers: Mapping[str, str], query_params: Mapping[str, Any]
) -> Iterator[KeyUse]:
    source = hooks.use("core.iam_actions:_s3_source_object")(headers)
    if source:
        bucket, _, key = source[0].removeprefix("arn:aws:s3:::").partition("/")
        yield from _reading((bucket, key), source[1])
    upload = hooks.use("services.s3:_multipart_uploads").get(_first(query_params, "uploadId"))
    wanted = _stored(upload) if upload else _wanted(address[0], headers)
    if wanted.get(ALGORITHM) not in KMS_ALGORITHMS or not wanted.get(KEY_ID):
        return
    # Parts are encrypted one by one; what they were encrypted with is read again to join them.
    actions = (READING,) if upload and method == "POST" else (WRITING,)
    for action in actions:
        yield _use(action, wanted[KEY_ID], address, _has_bucket_key(address[0], headers))


def _reading(address: Address, version_id: str) -> Iterator[KeyUse]:
    stored = _stored(_object(address, version_id))
    if stored.get(KEY_ID):
        yield _use(READING, stored[KEY_ID], address, _has_bucket_key(address[0], {}))


def _use(action: str, key: str, address: Address, has_bucket_key: bool) -> KeyUse:
    arn = f"arn:aws:s3:::{address[0]}" if has_bucket_key else f"arn:aws:s3:::{address[0]}/{address[1]}"
    return KeyUse(action=action, key=key, via="s3", encryption_context={"aws:s3:arn": arn})


def _wanted(bucket: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    if headers.get(ALGORITHM):
        return headers
    default: dict[str, str] = hooks.use("services.s3:_bucket_default_sse_headers")(bucket)
    return default


def _has_bucket_key(bucket: str, headers: Mapping[str, str]) -> bool:
    """Whether S3 asks KMS once for the bucket: then the bucket is the encryption context."""
    if BUCKET_KEY in headers:
        return headers[BUCKET_KEY].lower() == "true"
    document = hooks.use("services.s3:_bucket_encryption").get(bucket) or b""
    text = document.decode() if isinstance(document, bytes) else document
    return "<BucketKeyEnabled>true<" in text


def _object(address: Address, version_id: str) -> dict[str, Any]:
    bucket = hooks.use("services.s3:_buckets").get(address[0]) or {}
    current: dict[str, Any] = (bucket.get("objects") or {}).get(address[1]) or {}
    if not version_id or current.get("version_id") == version_id:
        return current
    versions = hooks.use("services.s3:_object_versions").get(address) or []
    return next((found for found in versions if found.get("version_id") == version_id), {})


def _stored(record: dict[str, Any]) -> dict[str, str]:
    stored: dict[str, str] = hooks.use("services.s3:_stored_sse_headers")(record)
    return stored


def _first(query_params: Mapping[str, Any], name: str) -> str:
    found = query_params.get(name) or ""
    return str(found[0] if isinstance(found, list) else found)
