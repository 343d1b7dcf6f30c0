"""Moves files that broke the contract out of the landing prefix, in an order that a crash cannot harm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore.exceptions import ClientError

from contracts.artifacts import dead_letter_key, report_key
from contracts.file_report import FileReport
from contracts.landed import LandedFile, listed
from contracts.landing import CLOSED, path_of

LANDED_AGAIN = "landed again meanwhile, so it stays for the next run"
REMOVED = "removed by somebody before it could be moved; the version that was refused is among the bucket's"
# CopyObject takes no more: docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
ONE_COPY_BYTES = 5 * 1024**3
PART_BYTES = 512 * 1024**2  # of 10,000 parts at most: any object
PARTS_AT_ONCE = 16


def quarantine(s3: Any, file: LandedFile, dead_letter: str, report: FileReport) -> str:
    """Where the file lies now. Report first, then the copy, then the deletion: whatever is interrupted,
    the file still lies somewhere.

    Done twice it changes nothing: a file that has gone from the landing prefix was moved before. One that was
    landed again meanwhile stays, at whatever moment that was, for the report is not about it: both calls ask
    for the version that was judged. The bucket keeps the other.
    """
    body = json.dumps(report.to_dict(), indent=2).encode()
    s3.put_object(Bucket=file.bucket, Key=report_key(dead_letter), Body=body, ContentType="application/json")
    if _at(s3, file.bucket, file.key) == file:
        try:
            _copy(s3, file, dead_letter)
            _reopen(s3, file)
            s3.delete_object(Bucket=file.bucket, Key=file.key, IfMatch=file.etag)
            _reopen(s3, file)
        except ClientError:
            # Refused for another version, or none; of a missing key S3 may say that access is denied.
            if _at(s3, file.bucket, file.key) == file:
                raise
    if _at(s3, file.bucket, file.key):
        return LANDED_AGAIN
    return dead_letter if _at(s3, file.bucket, dead_letter) else REMOVED


def read_report(s3: Any, uri: str) -> FileReport:
    """The validation report at an S3 URI."""
    where = urlsplit(uri)
    body = s3.get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read()
    return FileReport.from_dict(json.loads(body))


def dead_letters(dataset: str, run_id: str, failed: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Landing key → dead-letter key of every failed file."""
    return {str(file["key"]): dead_letter_key(dataset, run_id, str(file["key"])) for file in failed}


def _reopen(s3: Any, file: LandedFile) -> None:
    """Takes the mark away that closes the month of a part: what is left of it must not pass for all of it.

    Before the part goes, since nobody may come back after that; and behind it, where somebody who mends
    another part has closed the month meanwhile and could not know of this one.
    """
    if "/" in path_of(file.key):
        s3.delete_object(Bucket=file.bucket, Key=f"{file.prefix}{file.month}/{CLOSED}")


def _at(s3: Any, bucket: str, key: str) -> LandedFile | None:
    """What lies at a key of the landing bucket now."""
    return next((one for one in listed(s3, bucket, key) if one.key == key), None)


def _copy(s3: Any, file: LandedFile, dead_letter: str) -> None:
    """Copies that version inside of S3; one too large for a single call in parts."""
    source = {"Bucket": file.bucket, "Key": file.key}
    if file.size_bytes <= ONE_COPY_BYTES:
        target = {"Bucket": file.bucket, "Key": dead_letter}
        s3.copy_object(**target, CopySource=source, CopySourceIfMatch=file.etag)
        return
    # Loaded for such a file alone: it would cost every other start.
    from s3transfer.manager import TransferConfig, TransferManager

    parts = TransferConfig(
        multipart_threshold=PART_BYTES,
        multipart_chunksize=PART_BYTES,
        max_request_concurrency=PARTS_AT_ONCE,
    )
    # Of one copied in parts S3 takes no tags along, nor do older libraries.
    tags = urlencode({one["Key"]: one["Value"] for one in s3.get_object_tagging(**source)["TagSet"]})
    more = {"CopySourceIfMatch": file.etag, "TaggingDirective": "REPLACE", "Tagging": tags}
    with TransferManager(s3, parts) as transfers:
        transfers.copy(source, file.bucket, dead_letter, more).result()
