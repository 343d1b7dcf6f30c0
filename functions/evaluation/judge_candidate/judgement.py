"""Promote, review, retrain or reject: the thresholds of a verdict and the reasons that go with it.

A difference counts only when its whole bootstrap interval lies on one side of zero; drops are relative to the
baseline's value. Small segments are reported by the evaluator and decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.evaluation import METRICS, Decision, Report, Segment, Verdict

SEGMENTS_NAMED = 5  # in the reasons; the report has them all


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """How much worse than the baseline is still good enough; shares of the baseline's value."""

    max_metric_drop: float
    max_segment_drop: float
    reject_drop: float
    min_segment_rows: int
    max_model_mb: float
    floors: Mapping[str, float]


def judge(report: Report, thresholds: Thresholds, model_bytes: int) -> Verdict:
    """The verdict over a report; a model that is too large for the endpoint is out whatever it scores."""
    size_mb = model_bytes / 1024**2
    if size_mb > thresholds.max_model_mb:
        reason = f"the model takes {size_mb:.0f} MB, the limit is {thresholds.max_model_mb:g} MB"
        return Verdict(decision=Decision.REJECT, reasons=(reason,))
    if report.baseline is None:
        return _judge_first(report, thresholds)
    return _judge_against_baseline(report, report.baseline, thresholds)


def relative_drops(report: Report) -> dict[str, float]:
    """How far each metric is below the baseline's, as a share of its value; nothing without a baseline."""
    baseline = report.baseline or {}
    return {
        name: -difference.value / max(baseline[name], 1e-9) for name, difference in report.differences.items()
    }


def _judge_first(report: Report, thresholds: Thresholds) -> Verdict:
    missed = [
        f"{name} {report.candidate[name]:.4f} is below its floor {floor:g}"
        for name, floor in thresholds.floors.items()
        if report.candidate[name] < floor
    ]
    rule_auc = report.rule.get("auc", 0.5)
    if report.candidate["auc"] <= rule_auc:
        missed.append(
            f"auc {report.candidate['auc']:.4f} does not beat the one-feature rule's {rule_auc:.4f}"
        )
    if not missed:
        scores = ", ".join(f"{name} {report.candidate[name]:.4f}" for name in METRICS)
        reasons = (
            f"first model: {scores} reach their floors, and auc beats the one-feature rule's {rule_auc:.4f}",
        )
        return Verdict(decision=Decision.PROMOTE, reasons=reasons)
    is_near = all(
        report.candidate[name] >= floor * (1 - thresholds.reject_drop)
        for name, floor in thresholds.floors.items()
    )
    decision = Decision.RETRAIN if is_near else Decision.REJECT
    return Verdict(decision=decision, reasons=tuple(missed))


def _judge_against_baseline(report: Report, baseline: Mapping[str, float], thresholds: Thresholds) -> Verdict:
    drops = relative_drops(report)
    below = [name for name in METRICS if report.differences[name].is_below]
    dropped = [name for name in below if drops[name] > thresholds.max_metric_drop]
    far = [name for name in below if drops[name] > thresholds.reject_drop]
    segments = list(_dropped_segments(report, thresholds))
    if far or len(dropped) == len(METRICS):
        decision = Decision.REJECT
    elif len(below) == len(METRICS):
        decision = Decision.RETRAIN
    elif below or segments or report.differences["auc"].value < 0:
        decision = Decision.REVIEW
    else:
        decision = Decision.PROMOTE
    telling = [*far, *(name for name in METRICS if name not in far)]
    metric_reasons = [_metric_reason(name, report, baseline, thresholds) for name in telling]
    return Verdict(decision=decision, reasons=(*metric_reasons, *_segment_reasons(segments, thresholds)))


def _metric_reason(name: str, report: Report, baseline: Mapping[str, float], thresholds: Thresholds) -> str:
    difference = report.differences[name]
    drop = relative_drops(report)[name]
    if difference.is_above:
        word = "better"
    elif not difference.is_below:
        word = "no telling difference"
    elif drop > thresholds.reject_drop:
        word = f"far below: a drop of {drop:.1%}, the limit is {thresholds.reject_drop:.1%}"
    elif drop > thresholds.max_metric_drop:
        word = f"below: a drop of {drop:.1%}, the limit is {thresholds.max_metric_drop:.1%}"
    else:
        word = f"slightly below: a drop of {drop:.1%}"
    interval = f"{difference.low:+.4f} to {difference.high:+.4f}"
    return f"{name} {report.candidate[name]:.4f} against {baseline[name]:.4f} ({interval}): {word}"


def _dropped_segments(report: Report, thresholds: Thresholds) -> Iterator[Segment]:
    for segment in report.segments:
        difference = segment.difference
        if difference is None or segment.rows < thresholds.min_segment_rows or not difference.is_below:
            continue
        if -difference.value / max(segment.baseline_f1 or 0.0, 1e-9) > thresholds.max_segment_drop:
            yield segment


def _segment_reasons(segments: list[Segment], thresholds: Thresholds) -> Iterator[str]:
    for segment in segments[:SEGMENTS_NAMED]:
        yield (
            f"segment {segment.label} ({segment.rows} rows): f1 {segment.candidate_f1 or 0.0:.4f} against "
            f"{segment.baseline_f1 or 0.0:.4f}, a drop beyond {thresholds.max_segment_drop:.1%}"
        )
    if len(segments) > SEGMENTS_NAMED:
        yield f"{len(segments) - SEGMENTS_NAMED} more segments dropped as much"
