"""Moves files that broke the contract out of the landing prefix, in an order that a crash cannot harm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from contracts.artifacts import dead_letter_key, report_key
from contracts.file_report import FileReport
from contracts.landed import LandedFile, listed

# What SNS takes for a subject, and what a reader takes of a message.
SUBJECT_CHARACTERS = 100
VIOLATIONS_SHOWN = 10
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


def alert(
    dataset: str,
    run_id: str,
    reports: Sequence[FileReport],
    moved: Sequence[str],
    contract: Mapping[str, Any],
) -> dict[str, str]:
    """What the alert says: which file breaks which rule in which column, where it lies now, and whether the
    contract is another than the run before had."""
    subject = f"{dataset}: {len(reports)} landed file(s) rejected"[:SUBJECT_CHARACTERS]
    worst = f"{reports[0].file.rpartition('/')[2]}, {_worst(reports[0])[0].strip()}"
    lines = [
        f"Run {run_id} stopped as DataRejected: {worst}",
        "It stopped before features were made or a model trained.",
    ]
    for report, place in zip(reports, moved, strict=True):
        lines += ["", f"{report.file} → {place}", *_worst(report)]
    changed = contract["changed"]
    if changed:
        since = f"The contract (version {contract['version']}) changed since run {changed['since']}:"
        lines += ["", since, *(f"  {field}" for field in changed["fields"])]
    lines += ["", "Mend the files and land them again; the full reports lie beside them."]
    return {"subject": subject, "message": "\n".join(lines)}


def _worst(report: FileReport) -> list[str]:
    shown = [
        f"  {violation.column or 'file'}: {violation.rule}: saw {violation.seen}, allowed {violation.allowed}"
        for violation in report.violations[:VIOLATIONS_SHOWN]
    ]
    left_out = len(report.violations) - len(shown)
    return [*shown, f"  and {left_out} more"] if left_out else shown
