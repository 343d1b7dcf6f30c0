"""A job's inputs: S3 objects laid out as files for one host, whole or sharded by key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rehearsal.sagemaker.s3 import DataError, Files


@dataclass(frozen=True)
class Source:
    """Where a channel's objects lie and how they are spread over the job's hosts."""

    uri: str
    data_type: str = "S3Prefix"
    distribution: str = "FullyReplicated"


@dataclass(frozen=True)
class Host:
    """One instance of the job: its place among `count`, and its name (algo-1…)."""

    index: int = 0
    count: int = 1

    @property
    def name(self) -> str:
        """Return the host's name."""
        return f"algo-{self.index + 1}"


def host_names(count: int) -> tuple[str, ...]:
    """Return the names of all hosts of a job."""
    return tuple(Host(index, count).name for index in range(count))


def fetch(files: Files, source: Source, target: Path, host: Host) -> int:
    """Download a host's share; return its number of objects. A source without objects is an error."""
    target.mkdir(parents=True, exist_ok=True)
    objects = files.source_objects(source.data_type, source.uri)
    if not objects:
        raise DataError(
            f'Data download failed: No S3 objects found under S3 URL "{source.uri}" given in input data '
            "source. Please ensure that the bucket exists in the selected region, that objects exist under "
            "that S3 prefix, and that the role has 's3:ListBucket' permissions on the bucket."
        )
    mine = objects[host.index :: host.count] if source.distribution == "ShardedByS3Key" else objects
    for bucket, key, relative_path in mine:
        files.download(bucket, key, target / relative_path)
    return len(mine)
