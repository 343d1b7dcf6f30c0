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
from functions.data_preparation.plan_preparation.memory import GIB, needed_gib

VOLUME_MARGIN = 1.5
MAX_HOSTS = 100  # of a processing job


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
    """The files of the window, one a month, oldest first.

    Raises DataMissing naming months that never landed, DataRejected naming a month that landed twice.
    """
    name = re.compile(re.escape(incoming_prefix(dataset)) + r"\d{4}-\d{2}\.(parquet|csv)")
    by_month: dict[str, list[LandedFile]] = {month: [] for month in months_of(window)}
    for file in landed:
        if name.fullmatch(file.key) and file.month in by_month:
            by_month[file.month].append(file)
    missing = [month for month, files in by_month.items() if not files]
    if missing:
        raise DataMissing(
            f"no file of {', '.join(missing)} lies under {incoming_prefix(dataset)}: land them as "
            "YYYY-MM.parquet or .csv, or narrow the data window"
        )
    twice = [month for month, files in by_month.items() if len(files) > 1]
    if twice:
        raise DataRejected(
            f"{', '.join(twice)} landed both as Parquet and as CSV: rows would count twice; "
            "remove one of each"
        )
    return [files[0] for files in by_month.values()]


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
