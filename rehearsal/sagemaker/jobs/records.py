"""Batch transform's payloads: objects cut into records, records gathered into requests, answers joined."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.sagemaker.s3 import DataError

MEGABYTE = 1 << 20


def payloads(body: bytes, *, by_line: bool, is_multi_record: bool, max_megabytes: int) -> Iterator[bytes]:
    """Yield the request bodies for one object; 0 megabytes means no limit. Raises DataError."""
    limit = max_megabytes * MEGABYTE or len(body) + 1
    if not by_line:
        yield _fitting(body, limit)
        return
    lines = [line for line in body.splitlines(keepends=True) if line.strip()]
    if not is_multi_record:
        for line in lines:
            yield _fitting(line, limit)
        return
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        if gathered and size + len(line) > limit:
            yield b"".join(gathered)
            gathered, size = [], 0
        gathered.append(_fitting(line, limit))
        size += len(line)
    if gathered:
        yield b"".join(gathered)


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
