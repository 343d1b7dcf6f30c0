"""From the request to a prepared dataset."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from contracts.artifacts import RunKeys, baseline_key
from contracts.failures import RunSkipped
from contracts.file_report import FileReport, Violation
from contracts.run import RunContext
from functions.data_preparation.collect_reports.verdict import verdict
from functions.data_preparation.judge_shift import verdict as shift
from functions.data_preparation.plan_preparation import plan as preparation
from functions.data_preparation.quarantine_files import quarantine
from functions.pipeline.resolve_run import plan
from rehearsal.simulated.world import World

ROWS = {"train": 60_000, "validation": 8_000, "test": 12_000}
FEATURES = 24
VIOLATION = Violation(column="distance", rule="type", seen="string", allowed="int64")
SHIFTED = {"feature": "distance", "measure": "ks", "statistic": 0.31, "moved": ["median 872 to 1400"]}


def resolve_run(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """The plan of the run; the run lock is the world's."""
    environment, run = world.environments["resolve_run"], event["run"]
    defaults = plan.Defaults.from_environment(environment)
    context = RunContext.from_dict(event["context"])
    plan.refuse_unsupported(context)
    if world.run_lock not in ("", run["id"]):
        raise RunSkipped(f"run {world.run_lock} is under way and holds the pipeline")
    world.run_lock = run["id"]
    window = plan.choose_window(context, defaults, world.keys("incoming/flights/"))
    return plan.plan_run(context, defaults, run, window, environment["ARTIFACTS_BUCKET"])


def plan_preparation(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """The files of the window and the machine for them."""
    environment, keys = world.environments["plan_preparation"], RunKeys(event["run"]["id"])
    dataset, bucket = event["data"]["dataset"], environment["ARTIFACTS_BUCKET"]
    landed = [
        preparation.LandedFile(bucket=environment["LANDING_BUCKET"], key=key, size_bytes=world.objects[key])
        for key in world.keys(f"incoming/{dataset}/")
    ]
    files = preparation.files_of(landed, dataset, event["data"]["window"])
    cluster = preparation.cluster(
        files,
        environment["INSTANCE_TYPES"].split(","),
        int(environment["VOLUME_GB"]),
        environment["KEY_ARN"],
        float(environment["SPARK_THRESHOLD_GB"]),
    )
    has_baseline = baseline_key(dataset) in world.objects
    inputs = preparation.processing_inputs(
        event["data"]["contract_uri"],
        f"s3://{bucket}/{keys.landed_manifest}",
        f"s3://{bucket}/{baseline_key(dataset)}" if has_baseline else None,
    )
    check = preparation.Check.of(files, int(environment["MAX_FILE_MB"]), environment["IS_STRICT"] == "true")
    report_prefix = f"s3://{bucket}/{keys.stage('data')}reports/"
    return {
        "file_count": len(files),
        "files": [asdict(file) for file in check.by_function],
        "check": {"files": [asdict(file) for file in check.by_job], "inputs": inputs},
        "inputs": inputs,
        "cluster": cluster,
        "environment": {},
        "report_prefix": report_prefix,
    }


def validate_schema(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Invalid for the months that the scenario broke."""
    report = _report(world, event["file"]["key"])
    return {
        "key": report.file,
        "is_valid": report.is_valid,
        "report_uri": f"s3://artifacts/reports/{report.file}.report.json",
        "violations": len(report.violations),
    }


def collect_reports(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """The verdict over what the validating job wrote."""
    reports = {file["key"]: _report(world, file["key"]).to_dict() for file in event["files"]}
    return verdict(reports, {key: f"s3://artifacts/reports/{key}.report.json" for key in reports})


def quarantine_files(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """Moves the files in the world."""
    dataset, run_id = event["data"]["dataset"], event["run"]["id"]
    moved = quarantine.dead_letters(dataset, run_id, event["failed"])
    for key, dead_letter in moved.items():
        if key in world.objects:
            world.objects[dead_letter] = world.objects.pop(key)
    reports = [_report(world, key) for key in moved]
    return {"moved": moved, "alert": quarantine.alert(dataset, run_id, reports, list(moved.values()))}


def judge_shift(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """The decision on a shift that the scenario sets; the dataset lies under the run's keys."""
    environment, keys = world.environments["judge_shift"], RunKeys(event["run"]["id"])
    shifted = [SHIFTED] if world.facts.is_shifted else []
    report = shift.ShiftReport(is_first_run=not world.facts.has_baseline, shifted=shifted, not_compared=[])
    decision = shift.decide(report, environment["SHIFT_ACTION"])
    if report.is_first_run:
        world.objects[baseline_key(event["data"]["dataset"])] = 1
    return {
        "decision": decision,
        "shift": shift.summary(report),
        "dataset": _dataset(keys, environment["ARTIFACTS_BUCKET"]),
        "alert": shift.alert(report, event["data"]["dataset"], keys.run_id, decision),
    }


def _report(world: World, key: str) -> FileReport:
    is_broken = key.rsplit("/", 1)[-1][:7] in world.facts.broken_months
    return FileReport(file=key, rows=1000, violations=(VIOLATION,) if is_broken else ())


def _dataset(keys: RunKeys, bucket: str) -> dict[str, Any]:
    root = f"s3://{bucket}/"
    return {
        "data_uri": f"{root}{keys.stage('data')}",
        "manifest_uri": f"{root}{keys.manifest}",
        "sha256": "0" * 64,
        "rows": ROWS,
        "features": FEATURES,
        "train_uri": f"{root}{keys.train}",
        "validation_uri": f"{root}{keys.validation}",
        "encoding_uri": f"{root}{keys.encoding}",
        "test_inputs_uri": f"{root}{keys.test_inputs}",
        "test_labels_uri": f"{root}{keys.test_labels}",
        "statistics_uri": f"{root}{keys.statistics}statistics.json",
    }
