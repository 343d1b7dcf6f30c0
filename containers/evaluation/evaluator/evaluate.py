"""The report: metrics of every scorer overall and per segment, and how far the candidate is ahead or
behind, with intervals. Every scorer gets the threshold at which it raises as many alarms as there are
positives: a comparison at equal alarms that needs no calibration."""

from __future__ import annotations

import json
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from contracts.failures import ArtifactCorrupt
from evaluator.bootstrap import log_losses, score_intervals, threshold_intervals
from evaluator.curves import curves
from evaluator.paths import Paths
from evaluator.scored import Scored, Segments
from evaluator.tables import Counts, auc, average_precision, confusion, score_table, threshold_metrics

Floats = npt.NDArray[np.float64]


def evaluate(paths: Paths) -> dict[str, Any]:
    """Writes report.json; the answer is the report."""
    scored = Scored.read(paths)
    report = report_of(scored) | {"importance": _importance(paths)}
    paths.report.parent.mkdir(parents=True, exist_ok=True)
    paths.report.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return report


def report_of(scored: Scored) -> dict[str, Any]:
    """The report over scored rows; metrics that a slice can't have (AUC with one class) are null."""
    thresholds = {name: rate_matched(scores, scored.base_rate) for name, scores in scored.scores.items()}
    predictions = {
        name: (scores >= thresholds[name]).astype(np.int64) for name, scores in scored.scores.items()
    }
    everything = np.zeros(len(scored.labels), dtype=np.int64)
    tables = {name: score_table(everything, 1, s, scored.labels)[0] for name, s in scored.scores.items()}
    overall = {name: _overall(scored, name, predictions[name], tables[name]) for name in scored.scores}
    return {
        "rows": len(scored.labels),
        "base_rate": scored.base_rate,
        "threshold": thresholds,
        "overall": {"baseline": None, **overall},
        "rule_feature": scored.rule_feature,
        "differences": _differences(scored, predictions, overall, "baseline"),
        "rule_differences": _differences(scored, predictions, overall, "rule"),
        "segments": [one for part in scored.segments for one in _segment_rows(scored, part, predictions)],
        "curves": {name: curves(table) for name, table in tables.items()},
    }


def rate_matched(scores: Floats, rate: float) -> float:
    """The threshold whose share of rows at or above it comes closest to the rate."""
    values, counts = np.unique(scores, return_counts=True)
    at_or_above = np.flip(np.cumsum(np.flip(counts))) / len(scores)
    return float(values[np.argmin(np.abs(at_or_above - rate))])


def _overall(scored: Scored, name: str, predictions: Counts, table: Counts) -> dict[str, float]:
    everything = np.zeros(len(scored.labels), dtype=np.int64)
    measured = threshold_metrics(confusion(everything, 1, scored.labels, predictions))
    area, error = auc(table)
    return {
        **{metric: float(values[0]) for metric, values in measured.items()},
        "auc": float(area),
        "auc_error": float(error),
        "log_loss": float(log_losses(scored.scores[name], scored.labels).mean()),
        "average_precision": float(average_precision(table)),
    }


def _differences(
    scored: Scored,
    predictions: Mapping[str, Counts],
    overall: Mapping[str, Mapping[str, float]],
    other: str,
) -> dict[str, dict[str, float]]:
    """Candidate minus the other, by metric; nothing when there is no such scorer."""
    if other not in overall:
        return {}
    values = {metric: overall["candidate"][metric] - overall[other][metric] for metric in overall[other]}
    scores, everything = scored.scores, np.zeros(len(scored.labels), dtype=np.int64)
    return {
        **threshold_intervals(_joint(scored, everything, predictions, other)[0]),
        **score_intervals(scored.labels, scores["candidate"], scores[other], values),
    }


def _segment_rows(
    scored: Scored, segments: Segments, predictions: Mapping[str, Counts]
) -> list[dict[str, Any]]:
    measured = {
        name: _by_group(scored, segments, name, predictions[name]) for name in scored.scores if name != "rule"
    }
    has_baseline = "baseline" in scored.scores
    joint = _joint(scored, segments.groups, predictions, "baseline") if has_baseline else None
    rows = np.bincount(segments.groups, minlength=len(segments.values))
    return [
        {
            "column": segments.column,
            "value": segments.values[group],
            "rows": int(rows[group]),
            "candidate": measured["candidate"][group],
            "baseline": measured["baseline"][group] if "baseline" in measured else None,
            "difference": threshold_intervals(joint[group]) if joint is not None else None,
        }
        for group in np.argsort(-rows, kind="stable")
    ]


def _joint(scored: Scored, groups: Counts, predictions: Mapping[str, Counts], other: str) -> Counts:
    """Rows by (group; label, candidate's prediction, the other's prediction): shape (groups, 8)."""
    cells = scored.labels * 4 + predictions["candidate"] * 2 + predictions[other]
    return np.bincount(groups * 8 + cells, minlength=(int(groups.max()) + 1) * 8).reshape(-1, 8)


def _by_group(
    scored: Scored, segments: Segments, name: str, predictions: Counts
) -> list[dict[str, float | None]]:
    count = len(segments.values)
    measured = threshold_metrics(confusion(segments.groups, count, scored.labels, predictions))
    area, _ = auc(score_table(segments.groups, count, scored.scores[name], scored.labels))
    columns = {**measured, "auc": area}
    return [{metric: _finite(values[group]) for metric, values in columns.items()} for group in range(count)]


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _importance(paths: Paths) -> list[Any]:
    """The model's own account, from the metadata.json in the archive that comes as the model input; empty
    without the input, or where a trainer of one's own writes none."""
    found = paths.find("model", ".tar.gz")
    if not found:
        return []
    try:
        with tarfile.open(found[0]) as archive:
            member = next((one for one in archive if Path(one.name) == Path("metadata.json")), None)
            content = archive.extractfile(member) if member else None
            return list(json.load(content)["importance"]) if content else []
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        rule = "it must be the training job's archive, and importance a list in its metadata.json"
        raise ArtifactCorrupt.about("input model", f"{found[0].name}: {error}", rule) from error
