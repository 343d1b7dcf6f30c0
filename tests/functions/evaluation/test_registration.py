"""What the registry keeps: within AWS's limits, and enough to find everything again."""

from __future__ import annotations

import re
from typing import Any

from contracts.evaluation import Decision, Report, Verdict
from functions.evaluation.judge_candidate.registration import metadata_of, metrics_of

REPORT = Report(
    rows=10,
    base_rate=0.2,
    candidate={"accuracy": 0.8, "f1": 0.5, "auc": 0.7},
    baseline=None,
    rule={},
    differences={},
    segments=(),
)
EVENT: dict[str, Any] = {
    "run": {"id": "run-1"},
    "report_uri": "s3://a/pipeline/run-1/evaluation/report.json",
    "candidate": {"id": "one, two", "job_name": "train-1"},
    "dataset": {
        "sha256": "f" * 64,
        "data_uri": "s3://a/data",
        "manifest_uri": "s3://a/manifest.json",
        "statistics_uri": "s3://a/statistics",
        "test_inputs_uri": "s3://a/" + "x" * 300 + "/inputs.csv",
    },
    "baseline": {"exists": False, "package_arn": None},
}
VERDICT = Verdict(decision=Decision.PROMOTE, reasons=("good",))


def test_metadata_keeps_to_the_characters_and_lengths_that_aws_takes() -> None:
    metadata = metadata_of(EVENT, REPORT, VERDICT)
    assert len(metadata) <= 50
    assert all(re.fullmatch(r"[\w\s.:/=+@-]{1,256}", value, re.ASCII) for value in metadata.values())


def test_metadata_leads_to_data_report_job_and_known_answers() -> None:
    dataset = {**EVENT["dataset"], "test_inputs_uri": "s3://a/inputs.csv"}
    metadata = metadata_of({**EVENT, "dataset": dataset}, REPORT, VERDICT)
    assert metadata["training-data-sha256"] == "f" * 64
    assert metadata["training-job"] == "train-1"
    answers = "s3://a/pipeline/run-1/evaluation/scores/candidate/inputs.csv.out"
    assert metadata["known-answers-uri"] == answers


def test_the_figures_of_a_first_model_travel_without_a_baseline() -> None:
    figures = metrics_of(REPORT)
    assert figures["baseline"] is None
    assert figures["candidate"]["auc"] == 0.7
