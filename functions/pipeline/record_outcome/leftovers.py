"""Marks what a run leaves behind by its kind, so that the bucket's lifecycle can end it.

A lifecycle rule matches a prefix or a tag, and the kind stands behind the run's id in the key.
"""

from typing import Any

from contracts.artifacts import RunKeys

KINDS = ("checkpoints", "logs")


def mark_leftovers(s3: Any, bucket: str, run_id: str) -> int:
    """Tag every object of these kinds with `kind`; marking twice changes nothing. Returns how many."""
    marked = 0
    for kind in KINDS:
        for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=RunKeys(run_id).stage(kind)
        ):
            for found in page.get("Contents", ()):
                s3.put_object_tagging(Bucket=bucket, Key=found["Key"], Tagging=_tagging(kind))
                marked += 1
    return marked


def _tagging(kind: str) -> dict[str, Any]:
    return {"TagSet": [{"Key": "kind", "Value": kind}]}
