"""What each function of data preparation may do: a table from its word to its statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pulumi import Input

from components.blocks.grants import delete_objects, list_bucket, read_objects, use_key, write_objects
from components.blocks.ground import Ground
from components.blocks.statements import Statement, allow

PLANNED = ("contract.json", "landed.json", "landed.manifest", "check.manifest", "ingest.manifest")


def statements_of(word: str, ground: Ground) -> list[Statement]:
    """The statements of one function: its objects, and the key that protects them."""
    return [*_OBJECTS[word](ground), use_key(ground)]


def _plan_preparation(ground: Ground) -> Sequence[Statement]:
    planned = [ground.artifact_objects(f"pipeline/*/data/{one}") for one in PLANNED]
    kept = [ground.artifact_objects(f"pipeline/*/data/{one}") for one in ("contract.json", "landed.json")]
    return [
        list_bucket(ground.landing_bucket_arn, "incoming/*"),
        list_bucket(ground.artifacts_bucket_arn, "baselines/*", "datasets/*", "pipeline/*"),
        read_objects([ground.artifact_objects("datasets/*"), *kept]),
        write_objects([*planned, ground.artifact_objects("datasets/*/last_contract.json")]),
    ]


def _validate_schema(ground: Ground) -> Sequence[Statement]:
    return [
        list_bucket(ground.landing_bucket_arn, "incoming/*"),
        read_objects(ground.landing_objects("incoming/*")),
        read_objects(ground.artifact_objects("pipeline/*/data/contract.json")),
        write_objects(ground.artifact_objects("pipeline/*/data/reports/*")),
    ]


def _collect_reports(ground: Ground) -> Sequence[Statement]:
    return [
        list_bucket(ground.landing_bucket_arn, "incoming/*"),
        list_bucket(ground.artifacts_bucket_arn, "pipeline/*"),
        read_objects(_verdicts(ground)),
    ]


def _quarantine_files(ground: Ground) -> Sequence[Statement]:
    incoming, dead_letters = ground.landing_objects("incoming/*"), ground.landing_objects("dead-letter/*")
    return [
        list_bucket(ground.landing_bucket_arn, "incoming/*", "dead-letter/*"),
        read_objects(incoming),
        write_objects(dead_letters),
        allow("s3:AbortMultipartUpload", dead_letters),
        # A file that was landed with tags is copied with them, or not at all.
        allow("s3:GetObjectTagging", incoming),
        allow("s3:PutObjectTagging", dead_letters),
        delete_objects(incoming),
        read_objects(_verdicts(ground)),
    ]


def _explain_job(ground: Ground) -> Sequence[Statement]:
    return [
        list_bucket(ground.landing_bucket_arn, "incoming/*"),
        read_objects(ground.artifact_objects("pipeline/*/data/landed.json")),
    ]


def _judge_shift(ground: Ground) -> Sequence[Statement]:
    return [
        list_bucket(ground.landing_bucket_arn, "incoming/*"),
        list_bucket(ground.artifacts_bucket_arn, "pipeline/*"),
        read_objects(ground.artifact_objects("pipeline/*/data/*")),
        write_objects(ground.artifact_objects("baselines/*")),
    ]


def _report_ingestion(ground: Ground) -> Sequence[Statement]:
    read = ("landed.json", "ingestion/*")
    return [
        list_bucket(ground.landing_bucket_arn, "incoming/*"),
        list_bucket(ground.artifacts_bucket_arn, "pipeline/*"),
        read_objects([ground.artifact_objects(f"pipeline/*/data/{one}") for one in read]),
    ]


def _verdicts(ground: Ground) -> list[Input[str]]:
    """The files that a run was planned with, and the reports on them."""
    return [ground.artifact_objects(f"pipeline/*/data/{one}") for one in ("landed.json", "reports/*")]


_OBJECTS: Mapping[str, Callable[[Ground], Sequence[Statement]]] = {
    "plan_preparation": _plan_preparation,
    "validate_schema": _validate_schema,
    "collect_reports": _collect_reports,
    "quarantine_files": _quarantine_files,
    "explain_job": _explain_job,
    "judge_shift": _judge_shift,
    "report_ingestion": _report_ingestion,
}
