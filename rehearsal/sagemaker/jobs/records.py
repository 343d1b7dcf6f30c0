"""Batch transform's payloads: objects cut into records, records gathered into requests, answers joined."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.sagemaker.jobs.joining import Joining
from rehearsal.sagemaker.s3 import DataError

MEGABYTE = 1 << 20


def split_records(body: bytes, *, by_line: bool) -> list[bytes]:
    """Cut an object into its records: lines with their breaks, or the whole."""
    return [line for line in body.splitlines(keepends=True) if line.strip()] if by_line else [body]


def payloads(
    records: list[bytes], *, by_line: bool, is_multi_record: bool, max_megabytes: int
) -> Iterator[bytes]:
    """Yield the request bodies for one object; 0 megabytes means no limit. Raises DataError."""
    limit = max_megabytes * MEGABYTE or sum(map(len, records)) + 1
    if not by_line:
        yield _fitting(b"".join(records), limit)
        return
    if not is_multi_record:
        for line in records:
            yield _fitting(line, limit)
        return
    gathered: list[bytes] = []
    size = 0
    for line in records:
        if gathered and size + len(line) > limit:
            yield b"".join(gathered)
            gathered, size = [], 0
        gathered.append(_fitting(line, limit))
        size += len(line)
    if gathered:
        yield b"".join(gathered)


def joined(joining: Joining, records: list[bytes], answers: list[bytes], *, by_line: bool) -> list[bytes]:
    """Store each record with its own answer. Raises DataError where there isn't one for each."""
    if by_line:
        answers = [line for answer in answers for line in split_records(answer, by_line=True)]
    if len(answers) != len(records):
        raise DataError(f"DataProcessing: {len(records)} records were answered by {len(answers)}.")
    return [joining.stored(record, answer) for record, answer in zip(records, answers, strict=True)]


def assembled(answers: list[bytes], *, by_line: bool) -> bytes:
    """Put the answers of one object together; by line, each ends with a line break."""
    if not by_line:
        return b"".join(answers)
    return b"".join(answer if answer.endswith(b"\n") else answer + b"\n" for answer in answers)


def _fitting(payload: bytes, limit: int) -> bytes:
    if len(payload) > limit:
        raise DataError(
            f"A payload of {len(payload)} bytes is larger than MaxPayloadInMB ({limit // MEGABYTE} MB); "
            "raise it, or split the input by line."
        )
    return payload
