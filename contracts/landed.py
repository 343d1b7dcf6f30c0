"""The landed files of a run as its plan listed them. Jobs get no version of an object from S3, only its key;
so what they read is what was judged when a file is still the same after they have ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from contracts.artifacts import RunKeys, incoming_prefix
from contracts.document import Document, read_document
from contracts.failures import ArtifactCorrupt, DataReplaced
from contracts.landing import path_of


@dataclass(frozen=True, kw_only=True)
class LandedFile:
    """A file in the landing bucket. Writing a key again changes its ETag, however it was uploaded or
    encrypted, or (the same bytes without KMS) only `written_at`, its LastModified."""

    bucket: str
    key: str
    size_bytes: int
    etag: str
    written_at: str

    @classmethod
    def read(cls, document: Document) -> LandedFile:
        """Reads `files[i]`."""
        return cls(
            bucket=document.text("bucket"),
            key=document.text("key"),
            size_bytes=document.whole("size_bytes"),
            etag=document.text("etag"),
            written_at=document.text("written_at"),
        )

    @property
    def format(self) -> str:
        """`parquet` or `csv`."""
        return self.key.rsplit(".", 1)[-1]

    @property
    def prefix(self) -> str:
        """The landing prefix of its dataset."""
        return incoming_prefix(self.key.split("/")[1])

    @property
    def month(self) -> str:
        """`YYYY-MM`."""
        return path_of(self.key)[: len("YYYY-MM")]


def listed(s3: Any, bucket: str, prefix: str) -> Iterator[LandedFile]:
    """Everything that lies below a landing prefix now."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for entry in page.get("Contents", ()):
            yield LandedFile(
                bucket=bucket,
                key=entry["Key"],
                size_bytes=entry["Size"],
                etag=entry["ETag"],
                written_at=entry["LastModified"].isoformat(),
            )


def document_of(files: Iterable[LandedFile]) -> dict[str, Any]:
    """The JSON form, as it lies at `RunKeys.landed`."""
    return {"files": [asdict(file) for file in files]}


def planned(s3: Any, artifacts_bucket: str, keys: RunKeys) -> dict[str, LandedFile]:
    """The files of the run's plan by key; raises ArtifactCorrupt naming the field."""
    body = s3.get_object(Bucket=artifacts_bucket, Key=keys.landed)["Body"].read()
    files = read_document(json.loads(body), "landed", ArtifactCorrupt, _read_files)
    return {file.key: file for file in files}


def refuse_replaced(
    s3: Any, artifacts_bucket: str, keys: RunKeys, names: Collection[str] | None = None
) -> None:
    """Raises DataReplaced naming the files of the run's plan that were replaced, or have gone, since; only
    those of these paths below the landing prefix where some are given."""
    files = planned(s3, artifacts_bucket, keys)
    one = next(iter(files.values()))
    now = {file.key: file for file in listed(s3, one.bucket, one.prefix)}
    changed = [
        f"{key} was written again at {now[key].written_at}" if key in now else f"{key} has gone"
        for key, file in files.items()
        if now.get(key) != file and (names is None or path_of(key) in names)
    ]
    if changed:
        raise DataReplaced(
            f"{'; '.join(changed)}, after the run listed what it prepares: what was prepared need not be "
            "what was judged; start a new run, which judges what lies there now"
        )


def _read_files(document: Document) -> tuple[LandedFile, ...]:
    files = document.items("files", LandedFile.read)
    if not files:
        raise document.refuse("files", "a run has one file at least")
    return files
