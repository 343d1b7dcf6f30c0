"""Decides what a run prepares: the files of its window, and the machine that engineers their features."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.artifacts import incoming_prefix
from contracts.failures import ConfigurationRejected, DataMissing, DataRejected, DatasetTooLarge
from contracts.instances import Instance, catalogue
from contracts.landed import LandedFile
from contracts.landing import CLOSED, complete_months, month_of, path_of
from functions.data_preparation.plan_preparation.memory import GIB, needed_gib

VOLUME_MARGIN = 1.5
MAX_HOSTS = 100  # of a processing job
# A state of Step Functions holds 256 KiB, and that of the files with their verdicts must be one.
MAX_FILES, MAX_PATH_CHARACTERS = 500, 40_000
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Check:
    """Who validates which file: the function reads footers, and text up to a size; the job the rest."""

    by_function: Sequence[LandedFile]
    by_job: Sequence[LandedFile]

    @classmethod
    def of(cls, files: Sequence[LandedFile], max_file_mb: int, is_strict: bool) -> Check:
        """Larger text goes to the job alone. Strict: Parquet goes there too, after its footer was judged."""
        large = [f for f in files if f.format == "csv" and f.size_bytes > max_file_mb * 1024**2]
        by_job = [f for f in files if f in large or (is_strict and f.format == "parquet")]
        return cls(by_function=[f for f in files if f not in large], by_job=by_job)


def months_of(window: Mapping[str, str]) -> list[str]:
    """Every month of an inclusive window `{"start": "YYYY-MM", "end": "YYYY-MM"}`."""
    first, last = (_month_number(window[end]) for end in ("start", "end"))
    if first > last:
        raise ConfigurationRejected(
            f"window.start is {window['start']}, after window.end, which is {window['end']}: swap them"
        )
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def files_of(landed: Iterable[LandedFile], dataset: str, window: Mapping[str, str]) -> list[LandedFile]:
    """The files of the window's months, oldest first.

    Raises DataMissing naming months that never landed or are not closed, DataRejected naming a month that
    landed twice, DatasetTooLarge where there are more files than a run takes.
    """
    landed = list(landed)
    complete = complete_months(dataset, (file.key for file in landed))
    by_month: dict[str, list[LandedFile]] = {month: [] for month in months_of(window)}
    for file in sorted(landed, key=lambda file: file.key):
        month = month_of(dataset, file.key)
        if month in by_month:
            by_month[month].append(file)
    _refuse_missing(by_month, complete, dataset, ignored(landed, dataset))
    _refuse_twice(by_month)
    files = [file for month in by_month.values() for file in month]
    _refuse_many(files)
    return files


def ignored(landed: Iterable[LandedFile], dataset: str) -> list[str]:
    """Objects below the prefix that are neither data nor the marks and hidden files that writers leave."""
    paths = [path_of(file.key) for file in landed if not month_of(dataset, file.key)]
    return sorted(path for path in paths if path and not re.search(r"(^|/)[._]|/$", path))


def _refuse_missing(
    by_month: Mapping[str, Sequence[LandedFile]], complete: set[str], dataset: str, others: Sequence[str]
) -> None:
    missing = [month for month, files in by_month.items() if not files]
    if missing:
        beside = f" (beside them lie {', '.join(others[:SHOWN])}, which name no month)" if others else ""
        raise DataMissing(
            f"no file of {', '.join(missing)} lies under {incoming_prefix(dataset)}{beside}: land them as "
            f"YYYY-MM.parquet or .csv, or as parts in YYYY-MM/, or narrow the data window"
        )
    open_ones = [month for month in by_month if month not in complete]
    if open_ones:
        raise DataMissing(
            f"{', '.join(open_ones)} may still be written: parts in a folder count once an object "
            f"{incoming_prefix(dataset)}{open_ones[0]}/{CLOSED} says that all are there; write it last"
        )


def _refuse_twice(by_month: Mapping[str, Sequence[LandedFile]]) -> None:
    for month, files in by_month.items():
        ways = {("/" in path_of(file.key), file.format): path_of(file.key) for file in files}
        if len(ways) > 1:
            raise DataRejected(
                f"{month} landed both as {' and as '.join(sorted(ways.values())[:2])}: rows would count "
                "twice; remove one of them"
            )


def _refuse_many(files: Sequence[LandedFile]) -> None:
    characters = sum(len(path_of(file.key)) for file in files)
    if len(files) > MAX_FILES or characters > MAX_PATH_CHARACTERS:
        raise DatasetTooLarge(
            f"the window has {len(files)} files, whose names have {characters} characters: a run takes "
            f"{MAX_FILES} with {MAX_PATH_CHARACTERS}; land fewer and larger files (Parquet of a gigabyte "
            "is none too large), or narrow the data window"
        )


def landed_manifest(files: Sequence[LandedFile], dataset: str) -> list[Any]:
    """The files as a SageMaker manifest: a common prefix, then paths relative to it."""
    prefix = incoming_prefix(dataset)
    return [{"prefix": f"s3://{files[0].bucket}/{prefix}"}, *(file.key[len(prefix) :] for file in files)]


def cluster(
    files: Sequence[LandedFile],
    values: int,
    allowed: Sequence[str],
    volume_gb: int,
    key_arn: str,
    spark_threshold_gb: float,
) -> dict[str, Any]:
    """ProcessingResources.ClusterConfig: the cheapest allowed machine that has the memory for rows of so many
    values; above the threshold a cluster of such, a host for each threshold of data, at least two.

    Raises DatasetTooLarge where the machines, their number or their volumes are too small.
    """
    size_gb = sum(file.size_bytes for file in files) / GIB
    hosts = max(2, math.ceil(size_gb / spark_threshold_gb)) if size_gb > spark_threshold_gb else 1
    _refuse_beyond(size_gb, volume_gb, hosts)
    return cluster_of(cheapest(values, allowed, hosts), hosts, volume_gb, key_arn)


def cheapest(values: int, allowed: Sequence[str], hosts: int) -> Instance:
    """The cheapest allowed machine with the memory for rows of so many values, else DatasetTooLarge."""
    types = [catalogue().instance(name, "processing", "dataPreparation.instanceTypes") for name in allowed]
    fitting = [one for one in types if one.memory_gib >= needed_gib(values, one, hosts)]
    if not fitting:
        least = min(needed_gib(values, one, hosts) for one in types)
        raise DatasetTooLarge(
            f"a batch of rows with {values} values each needs {least:.0f} GiB of memory, and no machine of "
            "dataPreparation.instanceTypes has it: allow a larger one, or take features out of the contract"
        )
    return catalogue().smallest_fitting(fitting, 0)


def cluster_of(chosen: Instance, hosts: int, volume_gb: int, key_arn: str) -> dict[str, Any]:
    """ClusterConfig of so many machines of a type."""
    # A processing cluster must name a volume size, on NVMe types too; only the key is refused there.
    volume = chosen.volume(volume_gb, key_arn) or {"VolumeSizeInGB": volume_gb}
    return {"InstanceCount": hosts, "InstanceType": chosen.type, **volume}


def _refuse_beyond(size_gb: float, volume_gb: int, hosts: int) -> None:
    """Every host holds all landed files, and the parts it writes beside them."""
    if size_gb * VOLUME_MARGIN > volume_gb:
        raise DatasetTooLarge(
            f"the window holds {size_gb:.1f} GB, and every host must hold it with its own parts: "
            f"set dataPreparation.volumeGb to {math.ceil(size_gb * VOLUME_MARGIN)} or more; it is {volume_gb}"
        )
    if hosts > MAX_HOSTS:
        raise DatasetTooLarge(
            f"the window holds {size_gb:.1f} GB, which takes {hosts} hosts; a job has {MAX_HOSTS} at most: "
            "raise dataPreparation.sparkThresholdGb, or narrow the data window"
        )


def engine(cluster_config: Mapping[str, Any]) -> str:
    """How the container works on that cluster, for its FEATURES_ENGINE: `one_machine` or `spark`."""
    return "spark" if cluster_config["InstanceCount"] > 1 else "one_machine"


def processing_inputs(contract_uri: str, manifest_uri: str, baseline_uri: str | None) -> list[dict[str, Any]]:
    """ProcessingInputs of the features job; without a baseline that input is left out."""
    inputs = [
        _input("contract", contract_uri, "S3Prefix"),
        _input("landed", manifest_uri, "ManifestFile"),
    ]
    return [*inputs, _input("baseline", baseline_uri, "S3Prefix")] if baseline_uri else inputs


def _input(name: str, uri: str, kind: str) -> dict[str, Any]:
    source = {
        "S3Uri": uri,
        "LocalPath": f"/opt/ml/processing/input/{name}",
        "S3DataType": kind,
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"InputName": name, "S3Input": source}


def _month_number(month: str) -> int:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ConfigurationRejected(f"window holds {month!r}: a month is written YYYY-MM")
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1
