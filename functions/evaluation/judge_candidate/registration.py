"""What the registry keeps about a candidate beside its files: lineage and the figures of the verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from contracts.evaluation import METRICS, Report, Verdict

# CreateModelPackage: values of CustomerMetadataProperties, at most 256 of these characters.
FORBIDDEN = re.compile(r"[^\w\s.:/=+@-]", re.ASCII)
VALUE_CHARACTERS = 256


def metadata_of(event: Mapping[str, Any], report: Report, verdict: Verdict) -> dict[str, str]:
    """CustomerMetadataProperties: where everything about this package lies, and how it scored."""
    dataset, candidate = event["dataset"], event["candidate"]
    scores = event["report_uri"].rsplit("/", 1)[0] + "/scores/candidate/"
    inputs = dataset["test_inputs_uri"]
    fields = {
        "run-id": event["run"]["id"],
        "decision": verdict.decision.value,
        "candidate": candidate["id"],
        "training-job": candidate["job_name"],
        "training-data-sha256": dataset["sha256"],
        "dataset-uri": dataset["data_uri"],
        "manifest-uri": dataset["manifest_uri"],
        "statistics-uri": dataset["statistics_uri"],
        "report-uri": event["report_uri"],
        "known-inputs-uri": inputs,
        "known-answers-uri": f"{scores}{inputs.rstrip('/').rsplit('/', 1)[-1]}.out",
        "baseline-package": event["baseline"]["package_arn"] or "none",
        **{f"test-{name}": f"{report.candidate[name]:.6f}" for name in METRICS},
    }
    return {name: FORBIDDEN.sub(" ", str(value))[:VALUE_CHARACTERS] for name, value in fields.items()}


def metrics_of(report: Report) -> dict[str, Any]:
    """The figures that travel with the run: candidate, baseline, rule and differences, without slices."""
    differences = {
        name: {"value": one.value, "low": one.low, "high": one.high}
        for name, one in report.differences.items()
    }
    return {
        "rows": report.rows,
        "base_rate": report.base_rate,
        "candidate": dict(report.candidate),
        "baseline": dict(report.baseline) if report.baseline else None,
        "rule": dict(report.rule),
        "differences": differences,
    }
