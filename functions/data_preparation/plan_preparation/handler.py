"""Lists what landed in the run's window and plans the validation and the features job for it."""

import json
import os
from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts import landed, stored
from contracts.artifacts import RunKeys, baseline_key, contract_key, incoming_prefix, last_contract_key
from contracts.batch import values_per_row
from contracts.dataset import Contract
from contracts.failures import DataMissing
from contracts.landed import LandedFile
from functions.clients import client
from functions.data_preparation.plan_preparation import contract, ingestion, plan, sharing

# What the features container takes for a shift; read there by the same names.
SHIFT_LIMITS = ("SHIFT_SIGNIFICANCE", "SHIFT_KS_FLOOR", "SHIFT_PSI_FLOOR")

logger = Logger(service="data_preparation")
metrics = Metrics(service="data_preparation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "data": {"dataset", "contract_uri", "window"}}` → the files, and the parts of the job; with
    `check` → that part anew, for the planned files of those keys."""
    keys = RunKeys(event["run"]["id"])
    if "check" in event:
        return planned_again(event["check"], event["data"], keys)
    known, fixed = fixed_contract(event["data"], keys.run_id)
    data = {**event["data"], "contract_uri": fixed["uri"]}
    dataset = data["dataset"]
    there = list(landed.listed(client("s3"), os.environ["LANDING_BUCKET"], incoming_prefix(dataset)))
    files, others = plan.files_of(there, dataset, data["window"]), plan.ignored(there, dataset)
    machines = os.environ["INSTANCE_TYPES"].split(",")
    volume_gb, key_arn = int(os.environ["VOLUME_GB"]), os.environ["KEY_ARN"]
    threshold_gb = float(os.environ["SPARK_THRESHOLD_GB"])
    values = values_per_row(known)
    cluster = plan.cluster(files, values, machines, volume_gb, key_arn, threshold_gb)
    write_json(keys.landed, landed.document_of(files))
    manifest_uri = write_json(keys.landed_manifest, plan.landed_manifest(files, dataset))
    check = plan.Check.of(files, int(os.environ["MAX_FILE_MB"]), os.environ["IS_STRICT"] == "true")
    baseline_uri = existing_baseline(dataset)
    logger.info("planned", extra={"files": len(files), "instance_type": cluster["InstanceType"]})
    if others:
        logger.warning("ignored objects that name no month", extra={"objects": others[:100]})
    metrics.add_metric("LandedBytes", MetricUnit.Bytes, sum(file.size_bytes for file in files))
    return {
        "contract": fixed,
        "file_count": len(files),
        "ignored": {"count": len(others), "names": others[: plan.SHOWN]},
        "files": [named(file) for file in check.by_function],
        "check": planned_check(check.by_job, values, data, keys, cluster["InstanceCount"]),
        "inputs": plan.processing_inputs(data["contract_uri"], manifest_uri, baseline_uri),
        "cluster": cluster,
        "ingestion": planned_ingestion(files, values, data, keys, cluster["InstanceCount"]),
        "environment": {
            **{name: os.environ[name] for name in SHIFT_LIMITS},
            "FEATURES_ENGINE": plan.engine(cluster),
        },
        "report_prefix": f"s3://{os.environ['ARTIFACTS_BUCKET']}/{keys.stage('data')}reports/",
    }


def fixed_contract(data: dict[str, Any], run_id: str) -> tuple[Contract, dict[str, Any]]:
    """Copies the contract for this run, so that it has one contract whatever is deployed meanwhile, and says
    what changed since the run before. A run that is planned twice is compared with that one again."""
    given, last_key = contract_key(data["dataset"]), last_contract_key(data["dataset"])
    body = read_object(given)
    if body is None:
        raise DataMissing(f"{given} is missing in the artifacts bucket: deploy the stack to put it there")
    seen = contract.Seen.read(run_id, body)
    last = json.loads(read_object(last_key) or b"{}")
    before_id = last.get("before") if last.get("run_id") == run_id else last.get("run_id")
    kept = read_object(RunKeys(before_id).contract) if before_id else None
    before = contract.Seen.kept(before_id, kept) if kept else None
    uri = write_json(RunKeys(run_id).contract, seen.document)
    write_json(last_key, {"run_id": run_id, "before": before_id})
    return Contract.from_dict(seen.document), {"uri": uri, **contract.described(seen, before)}


def write_json(key: str, value: Any) -> str:
    """Writes a JSON object of the artifacts bucket, the same bytes for the same value; its URI."""
    bucket, body = os.environ["ARTIFACTS_BUCKET"], json.dumps(value, sort_keys=True).encode()
    client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    return f"s3://{bucket}/{key}"


def read_object(key: str) -> bytes | None:
    """An object of the artifacts bucket; None where there is none."""
    return stored.read(client("s3"), os.environ["ARTIFACTS_BUCKET"], key)


def planned_again(check: dict[str, Any], data: dict[str, Any], keys: RunKeys) -> dict[str, Any]:
    """The job that validates, once it is known what the functions leave to it."""
    bucket = os.environ["ARTIFACTS_BUCKET"]
    files = landed.planned(client("s3"), bucket, keys)
    known = Contract.from_json(client("s3").get_object(Bucket=bucket, Key=keys.contract)["Body"].read())
    by_job = [files[key] for key in sorted(set(check["keys"]))]
    return planned_check(by_job, values_per_row(known), data, keys, check["hosts"])


def planned_check(
    by_job: Sequence[LandedFile], values: int, data: dict[str, Any], keys: RunKeys, hosts: int
) -> dict[str, Any]:
    """What the job that validates is given: nothing to do where the functions do it all."""
    if not by_job:
        return {"files": [], "inputs": [], "cluster": {}}
    shared = shared_job(by_job, values, data, keys.check_manifest, hosts)
    return {"files": [{"key": file.key} for file in by_job], **shared}


def named(file: LandedFile) -> dict[str, str]:
    """The version of a file, as the function that judges it asks for it; small, since states are."""
    return {"bucket": file.bucket, "key": file.key, "etag": file.etag}


def planned_ingestion(
    files: Sequence[LandedFile], values: int, data: dict[str, Any], keys: RunKeys, hosts: int
) -> dict[str, Any]:
    """What the ingestion job is given: nothing where the Feature Store is not used."""
    group = os.environ["FEATURE_GROUP"]
    if not group:
        return dict(ingestion.NOTHING)
    newest = ingestion.newest(files, int(os.environ["FEATURE_STORE_MONTHS"]))
    return {
        **shared_job(newest, values, data, keys.ingest_manifest, hosts),
        "environment": {
            "FEATURE_GROUP": group,
            "RUN_ID": keys.run_id,
            "ARTIFACTS_BUCKET": os.environ["ARTIFACTS_BUCKET"],
        },
    }


def shared_job(
    files: Sequence[LandedFile], values: int, data: dict[str, Any], manifest_key: str, hosts: int
) -> dict[str, Any]:
    """Inputs and cluster of a job whose hosts share these files, as many as the features job has at most."""
    manifest_uri = write_json(manifest_key, plan.landed_manifest(files, data["dataset"]))
    return sharing.job(
        files,
        values,
        os.environ["INSTANCE_TYPES"].split(","),
        hosts,
        int(os.environ["VOLUME_GB"]),
        os.environ["KEY_ARN"],
        data["contract_uri"],
        manifest_uri,
    )


def existing_baseline(dataset: str) -> str | None:
    """The prefix of the stored baseline and its finer counts; None before the first run has written one."""
    bucket, key = os.environ["ARTIFACTS_BUCKET"], baseline_key(dataset)
    return f"s3://{bucket}/{key.rpartition('/')[0]}/" if stored.exists(client("s3"), bucket, key) else None
