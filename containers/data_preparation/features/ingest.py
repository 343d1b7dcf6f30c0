"""Writes a run's records to the Feature Store, many at a time. What the service throttled or left undone is
tried again with growing pauses; what it refuses, and why, is counted and sampled, never lost silently."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from contracts import landed
from contracts.artifacts import RunKeys
from contracts.dataset import Contract
from contracts.failures import ConfigurationRejected
from contracts.feature_group import OWN
from features.hosts import Hosts
from features.ingestion import Ingestion
from features.landed import batches
from features.output import write_json
from features.paths import Paths
from features.records import Record, columns_of, records_of
from features.store_writer import ENTRIES_PER_CALL, StoreWriter

CALLS_AT_ONCE = 16
# Held as Python objects at a time, of a quarter of a kilobyte each: what bounds memory, whatever the rows.
RECORDS_AT_ONCE, VALUES_AT_ONCE = 8_192, 1_000_000


def ingest(paths: Paths) -> str:
    """Runs the job; the answer is one line of JSON for the log, the report lies in the output."""
    contract = Contract.from_json(paths.contract.read_bytes())
    group, run_id = _required("FEATURE_GROUP"), _required("RUN_ID")
    refuse_unjudged(storage_client(), RunKeys(run_id), paths)
    began, ingestion = time.monotonic(), Ingestion(group)
    writer = StoreWriter(runtime_client(), group)
    with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
        for name, path in paths.share():
            for chunk in chunks(contract, name, path, run_id, ingestion):
                for written in threads.map(writer.write, _calls(chunk)):
                    ingestion.add(written)
    report = {**ingestion.to_dict(), "seconds": round(time.monotonic() - began, 3)}
    write_json(paths.ingestion / f"{Hosts.read(paths.resource_config).current}.json", report)
    return json.dumps({name: value for name, value in report.items() if name != "samples"})


def refuse_unjudged(s3: Any, keys: RunKeys, paths: Paths) -> None:
    """Raises DataReplaced before a record is written of files that are not those of the run's plan.

    They were downloaded between the plan and this question, so what is unchanged now was judged.
    """
    names = {name for name, _ in paths.share()}
    landed.refuse_replaced(s3, _required("ARTIFACTS_BUCKET"), keys, names)


def chunks(
    contract: Contract, name: str, path: Path, run_id: str, ingestion: Ingestion
) -> Iterator[list[Record]]:
    """The records of one landed file, a bounded number at a time; rows that make none are noted."""
    at_once = min(RECORDS_AT_ONCE, VALUES_AT_ONCE // (len(OWN) + len(contract.features)))
    for batch in batches(name, path, contract, columns_of(contract)):
        for start in range(0, batch.num_rows, at_once):
            records = records_of(contract, batch.slice(start, at_once), run_id)
            for reason in records.refused:
                ingestion.refuse(f"a row of {name}", reason)
            yield list(records)


def storage_client() -> Any:
    """S3, to ask whether landed files were replaced."""
    import boto3

    return boto3.client("s3")


def runtime_client() -> Any:
    """The Feature Store's runtime; entries are tried again by us, so that what was throttled is counted."""
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"total_max_attempts": 1}, max_pool_connections=CALLS_AT_ONCE, parameter_validation=False
    )
    return boto3.client("sagemaker-featurestore-runtime", config=config)


def _calls(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for start in range(0, len(records), ENTRIES_PER_CALL):
        yield records[start : start + ENTRIES_PER_CALL]


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationRejected.about(name, value, "the environment of the job must give it")
    return value
