"""The documents that jobs write in a simulated world, with the fields their readers ask for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from contracts.artifacts import Manifest, set_sha256
from contracts.evaluation import METRICS
from contracts.file_report import FileReport, Violation

PROBABILITY = "0.1234"
BASELINE = {"accuracy": 0.8, "f1": 0.5, "auc": 0.72}
USUAL = {"accuracy": 0.81, "f1": 0.52, "auc": 0.74}
RECORDS = 10_000
NOISE = 0.001  # half the width of the bootstrap's interval
VIOLATION = Violation(column="distance", rule="type", seen="string", allowed="int64")
WORSE_SLICE = {
    "column": "carrier",
    "value": "AA",
    "rows": 2_000,
    "baseline": {"f1": 0.5},
    "candidate": {"f1": 0.4},
    "difference": {"f1": {"value": -0.1, "low": -0.11, "high": -0.09}},
}
SHIFTED = {
    "feature": "distance",
    "measure": "ks",
    "statistic": 0.31,
    "p_adjusted": 0.0,
    "is_certain": True,
    "moved": ["median 872 → 1400"],
}


def file_report(key: str, broken_months: tuple[str, ...]) -> FileReport:
    """The report of a landed file: months that the scenario broke break one rule."""
    is_broken = key.rsplit("/", 1)[-1][:7] in broken_months
    return FileReport(file=key, rows=1000, violations=(VIOLATION,) if is_broken else ())


@cache
def manifest() -> bytes:
    """A sealed training set without files."""
    columns = {f"feature_{number}": "float32" for number in range(24)} | {"label": "float32"}
    rows = {"train": 60_000, "validation": 8_000, "test": 12_000}
    sealed = Manifest(
        dataset="flights",
        contract_version=1,
        files=(),
        rows=rows,
        rows_without_label=0,
        schema=columns,
        sha256=set_sha256(()),
    )
    return _json(sealed.to_dict())


def shift(*, is_first_run: bool, is_shifted: bool) -> bytes:
    """The report on the shift."""
    features = [SHIFTED] if is_shifted else []
    names = [feature["feature"] for feature in features]
    return _json({"is_first_run": is_first_run, "shifted": names, "features": features})


def statistics() -> bytes:
    """The statistics of the features, as far as anybody reads them here."""
    return _json({"null_ratio": 0.01})


def ingestion(lost: int) -> bytes:
    """The report of an ingestion's one host, in which the store refused so many records."""
    reasons = {"ValidationError: refused": lost} if lost else {}
    counts = {"records": RECORDS, "ingested": RECORDS - lost, "failed": lost, "refused": 0, "retried": 0}
    return _json(
        {"feature_group": "flights-v1", **counts, "seconds": 60.0, "reasons": reasons, "samples": []}
    )


def evaluation(scores: Mapping[str, float], *, has_baseline: bool, is_slice_worse: bool) -> bytes:
    """The evaluator's report."""
    candidate = {**USUAL, **scores}
    gains = {name: candidate[name] - BASELINE[name] for name in METRICS}
    differences = {
        name: {"value": gain, "low": gain - NOISE, "high": gain + NOISE} for name, gain in gains.items()
    }
    overall: dict[str, Any] = {"candidate": candidate, "rule": {"auc": 0.6}}
    compared = {"baseline": BASELINE} if has_baseline else {"baseline": None}
    segments = [WORSE_SLICE] if is_slice_worse else []
    report = {"rows": 12_000, "base_rate": 0.2, "overall": overall | compared, "segments": segments}
    return _json(report | ({"differences": differences} if has_baseline else {}))


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()
