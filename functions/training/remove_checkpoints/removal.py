"""Says what a finished or failed training leaves behind, and removes it: twice is as good as once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.artifacts import RunKeys

# DeleteObjects takes a thousand keys at a time.
KEYS_A_CALL = 1000


def prefixes(run_id: str, *, includes_models: bool) -> list[str]:
    """What to remove, newest first: with a failed training its partial models, and always the checkpoints."""
    keys = RunKeys(run_id)
    return ([keys.stage("model")] if includes_models else []) + [keys.stage("checkpoints")]


def remove(s3: Any, bucket: str, prefix: str) -> int:
    """Deletes every object below the prefix; the number of objects deleted."""
    removed = 0
    for keys in _pages(s3, bucket, prefix):
        for start in range(0, len(keys), KEYS_A_CALL):
            batch = [{"Key": key} for key in keys[start : start + KEYS_A_CALL]]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            removed += len(batch)
    return removed


def _pages(s3: Any, bucket: str, prefix: str) -> Iterator[Sequence[str]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        keys = [entry["Key"] for entry in page.get("Contents", ())]
        if keys:
            yield keys
