"""What a scenario is made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.artifacts import incoming_key, incoming_prefix
from contracts.landing import mark_of, month_of
from rehearsal.follow import Follower
from rehearsal.workplace import Site

# Runs are started by hand here: however many files land, they start none beside it.
STARTED_BY_HAND = "retraining.filesThreshold=100000"


@dataclass
class Run:
    """A finished run and the account it ran in, for the checks of a scenario."""

    site: Site
    follower: Follower
    alerts: list[dict[str, Any]]
    outcome: dict[str, Any]

    def object_json(self, bucket: str, key: str) -> Any:
        """A JSON object of a bucket, parsed."""
        body = self.site.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return json.loads(body)

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Keys below a prefix, sorted."""
        pages = self.site.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", []))


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a scenario promises, and whether it held."""

    claim: str
    holds: bool
    evidence: str = ""


def names(items: Iterable[object]) -> str:
    """What was found, as evidence that people read: "none" where there is nothing."""
    return ", ".join(str(item) for item in items) or "none"


def _nothing_happens(_site: Site, _follower: Follower) -> None:
    """Most runs are left alone while they run."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A rehearsal by name. `land` returns the files to land by month; `check` looks at what is left over.

    `settings` are assignments as on the command line (`approval.isRequired=true`); `faults` are installed
    through the embedded AWS's control route before the run; `meanwhile` is called again and again during it;
    `first` is run before, in the same account, and must end as it promises.
    """

    name: str
    summary: str
    land: Callable[[Path], dict[str, Path]]
    context: dict[str, Any]
    outcome: str
    check: Callable[[Run], list[Finding]]
    settings: tuple[str, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    decision: str = "approve"
    meanwhile: Callable[[Site, Follower], None] = _nothing_happens
    first: Scenario | None = None


TAGS = "source=another-team"  # which is more than S3 lets everybody copy


def upload(site: Site, dataset: str, files: dict[str, Path]) -> list[str]:
    """Land files as another team would: objects under the dataset's incoming prefix; parts of a month first,
    then the mark that closes it."""
    bucket, s3, keys = site.output("landingBucket"), site.client("s3"), list[str]()
    for month, path in files.items():
        of_month = parts_of(dataset, month, path)
        for key, part in of_month.items():
            s3.upload_file(str(part), bucket, key, ExtraArgs={"Tagging": TAGS})
        if path.is_dir():
            s3.put_object(Bucket=bucket, Key=mark_of(dataset, month))
        keys += of_month
    return keys


def parts_of(dataset: str, month: str, path: Path) -> dict[str, Path]:
    """The files of a month by the keys they land under: one, or the parts in a folder."""
    if path.is_file():
        return {incoming_key(dataset, month, path.suffix.lstrip(".")): path}
    folder = f"{incoming_prefix(dataset)}{month}/"
    files = {f"{folder}{file.relative_to(path).as_posix()}": file for file in sorted(path.rglob("*.*"))}
    return {key: file for key, file in files.items() if month_of(dataset, key) and file.is_file()}
