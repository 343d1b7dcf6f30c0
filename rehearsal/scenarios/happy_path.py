"""Six months of flights become a registered model behind a live endpoint."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rehearsal import landing
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names

MONTHS = ("2013-03", "2013-04", "2013-05", "2013-06", "2013-07", "2013-08")
CSV_MONTH = "2013-04"
METRICS = {
    "LandedBytes",
    "RecordsProcessed",
    "FeatureCount",
    "NullRatio",
    "FileViolations",
    "FeaturesShifted",
}
INGESTED = {"RecordsIngested", "RecordsNotIngested", "RecordsRetried", "IngestionSeconds", "IngestionsFailed"}
FLIGHT = {
    "carrier": "B6",
    "origin": "JFK",
    "dest": "MCO",
    "sched_dep_time": 1935,
    "sched_arr_time": 2240,
    "distance": 944,
    "time_hour": "2013-06-28T23:00:00Z",
}


def _land(folder: Path) -> dict[str, Path]:
    return {
        month: landing.write_month(month, folder, "csv" if month == CSV_MONTH else "parquet")
        for month in MONTHS
    }


def predict(run: Run) -> dict[str, Any]:
    """Ask the live endpoint about one flight, as a client would."""
    answer = run.site.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=run.site.output("endpointName"),
        ContentType="application/json",
        Body=json.dumps({"instances": [FLIGHT]}),
    )
    prediction: dict[str, Any] = json.loads(answer["Body"].read())["predictions"][0]
    return prediction


def measured(run: Run) -> Finding:
    """The metrics of data preparation have arrived in CloudWatch, under nothing but their service."""
    namespace = f"Trainyard/{run.site.deployment.stack}"
    listed = run.site.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    found = {one["MetricName"] for one in listed if [d["Name"] for d in one["Dimensions"]] == ["service"]}
    is_store_used = run.outcome["dataset"]["ingestion"]["status"] != "unused"
    promised = METRICS | INGESTED if is_store_used else METRICS
    missing = sorted(promised - found)
    evidence = f"not {names(missing)}" if missing else names(sorted(promised))
    return Finding(claim="data preparation is measured", holds=not missing, evidence=evidence)


def in_feature_store(run: Run) -> Finding:
    """All records arrived, and one of the offline store is found online too."""
    claim, ingestion = "the newest month is in the feature store", run.outcome["dataset"]["ingestion"]
    if ingestion["status"] == "unused":
        return Finding(claim="the feature store is not used", holds=True, evidence="by setting")
    bucket = run.site.output("artifactsBucket")
    files = [key for key in run.keys(bucket, "feature-store/") if key.endswith(".parquet")]
    if not files:
        return Finding(claim=claim, holds=False, evidence="no file lies in the offline store")
    body = run.site.client("s3").get_object(Bucket=bucket, Key=files[0])["Body"].read()
    offline = pq.read_table(io.BytesIO(body)).to_pylist()[0]
    online = run.site.client("sagemaker-featurestore-runtime").get_record(
        FeatureGroupName=ingestion["feature_group"], RecordIdentifierValueAsString=offline["record_id"]
    )
    found = {one["FeatureName"]: one["ValueAsString"] for one in online.get("Record", ())}
    written = {name: value for name, value in offline.items() if name in found}
    is_same = bool(found) and all(_is_spelled(value, found[name]) for name, value in written.items())
    holds = ingestion["status"] == "complete" and is_same
    evidence = f"{ingestion['ingested']} of {ingestion['records']} records, {found.get('record_id')} online"
    return Finding(claim=claim, holds=holds, evidence=evidence)


def _is_spelled(value: Any, text: str) -> bool:
    return float(text) == value if isinstance(value, float) else text == str(value)


def _check(run: Run) -> list[Finding]:
    prediction, flight = predict(run), "{carrier} {origin} to {dest}".format_map(FLIGHT)
    packages = run.site.client("sagemaker").list_model_packages(
        ModelPackageGroupName=run.site.output("modelPackageGroup"), ModelApprovalStatus="Approved"
    )["ModelPackageSummaryList"]
    artifacts = run.site.output("artifactsBucket")
    checkpoints = run.keys(artifacts, f"pipeline/{run.outcome['run']['id']}/checkpoints/")
    return [
        Finding(
            claim="the endpoint answers",
            holds=0 < prediction["probability"] < 1,
            evidence=f"{flight} is late with probability {prediction['probability']:.2f}",
        ),
        Finding(claim="one package is approved", holds=len(packages) == 1, evidence=str(len(packages))),
        in_feature_store(run),
        measured(run),
        Finding(claim="no checkpoint is left", holds=not checkpoints, evidence=names(checkpoints)),
    ]


HAPPY_PATH = Scenario(
    name="happy-path",
    summary=__doc__,
    land=_land,
    context={
        "trigger": "manual",
        "reason": "a rehearsal",
        "dataset": "flights",
        "window": {"start": MONTHS[0], "end": MONTHS[-1]},
        "requested_by": "rehearsal",
    },
    outcome="Deployed",
    check=_check,
)
