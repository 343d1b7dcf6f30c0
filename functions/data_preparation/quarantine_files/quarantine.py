"""Moves files that broke the contract out of the landing prefix, in an order that a crash cannot harm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from contracts.artifacts import dead_letter_key, report_key
from contracts.file_report import FileReport
from contracts.landed import LandedFile, listed

LANDED_AGAIN = "landed again meanwhile, so it stays for the next run"


def quarantine(s3: Any, file: LandedFile, dead_letter: str, report: FileReport) -> str:
    """Where the file lies now. Report first, then the copy, then the deletion: whatever is interrupted,
    the file still lies somewhere.

    Done twice it changes nothing: a file that has gone from the landing prefix was moved before. One that was
    landed again meanwhile stays, for the report is not about it; the bucket keeps the version that is.
    """
    at, body = {"Bucket": file.bucket, "Key": file.key}, json.dumps(report.to_dict(), indent=2).encode()
    s3.put_object(Bucket=file.bucket, Key=report_key(dead_letter), Body=body, ContentType="application/json")
    found = {one.key: one for one in listed(s3, file.bucket, file.key)}.get(file.key)
    if found is None:
        return dead_letter
    if found != file:
        return LANDED_AGAIN
    s3.copy_object(Bucket=file.bucket, Key=dead_letter, CopySource=at)
    s3.delete_object(**at)
    return dead_letter


def read_report(s3: Any, uri: str) -> FileReport:
    """The validation report at an S3 URI."""
    where = urlsplit(uri)
    body = s3.get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read()
    return FileReport.from_dict(json.loads(body))


def dead_letters(dataset: str, run_id: str, failed: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Landing key → dead-letter key of every failed file."""
    return {str(file["key"]): dead_letter_key(dataset, run_id, str(file["key"])) for file in failed}
