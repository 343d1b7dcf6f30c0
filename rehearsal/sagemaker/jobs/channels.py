"""A job's inputs: S3 objects laid out as files for one host, whole or sharded by key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.emulator.platform import Credentials, ServiceError
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.s3 import DataError, Files, split


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


def mode_of(channel: dict[str, Any], request: dict[str, Any]) -> str:
    """Return a channel's input mode: its own, or the algorithm's."""
    return str(channel.get("InputMode") or request["AlgorithmSpecification"]["TrainingInputMode"])


def require_whole_folder(files: Files, uri: str) -> None:
    """Raise DataError where FastFile would have to mount a part of a folder's name."""
    _, prefix = split(uri)
    found = [key for key in files.keys(uri) if prefix and not prefix.endswith("/")]
    beyond = [key for key in found if key != prefix and not key.startswith(f"{prefix}/")]
    if beyond:
        raise DataError(
            "Data download failed:Failed to download data. For FastFile mode, partial S3 prefix is not "
            "supported. S3 prefix has to end with a full file or folder. Add a trailing '/' to the S3 prefix "
            "if it ends with a folder name that is also a prefix for other folders. "
            f"Current S3 prefix: [{prefix}], found key: [{beyond[0]}]"
        )


def require_data(account: Account, request: dict[str, Any], credentials: Credentials) -> None:
    """Raise ServiceError ValidationException for a channel without objects, as seen by the job's role.

    AWS looks when a training or tuning job is created; a processing or transform job fails later.
    """
    files = Files(account.platform.client("s3", credentials))
    for channel in request.get("InputDataConfig", []):
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        try:
            if files.has_keys(uri):
                continue
            reason = ""
        except DataError as error:
            reason = f" Error message from S3: {error}"
        raise ServiceError(
            "ValidationException",
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the '
            f"bucket exists in the selected region ({account.platform.region}), that objects exist under "
            f'that S3 prefix, and that the role "{request["RoleArn"]}" has "s3:ListBucket" permissions on '
            f'bucket "{split(uri)[0]}".{reason}',
        )


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
