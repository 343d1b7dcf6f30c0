"""The verdict: what is promoted, looked at, trained again or rejected, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.evaluation import METRICS, Decision, Difference, Report, Segment
from functions.evaluation.judge_candidate.judgement import Thresholds, judge

THRESHOLDS = Thresholds(
    max_metric_drop=0.02,
    max_segment_drop=0.05,
    reject_drop=0.1,
    min_segment_rows=500,
    max_model_mb=100,
    floors={"accuracy": 0.6, "f1": 0.2, "auc": 0.6},
)
BASELINE = {"accuracy": 0.8, "f1": 0.5, "auc": 0.7}


def change(value: float, noise: float = 0.001) -> Difference:
    return Difference(value=value, low=value - noise, high=value + noise)


def segment(drop: float, rows: int = 1000, noise: float = 0.001) -> Segment:
    return Segment(
        column="carrier",
        value="AA",
        rows=rows,
        candidate_f1=0.5 - drop,
        baseline_f1=0.5,
        difference=change(-drop, noise),
    )


def report(
    accuracy: float = 0.01, f1: float = 0.01, auc: float = 0.01, *segments: Segment, noise: float = 0.001
) -> Report:
    values = {"accuracy": accuracy, "f1": f1, "auc": auc}
    return Report(
        rows=10_000,
        base_rate=0.2,
        candidate={name: BASELINE[name] + values[name] for name in METRICS},
        baseline=BASELINE,
        rule={"auc": 0.6},
        differences={name: change(values[name], noise) for name in METRICS},
        segments=segments,
    )


def first(**scores: float) -> Report:
    candidate = {**BASELINE, **scores}
    return Report(
        rows=10_000,
        base_rate=0.2,
        candidate=candidate,
        baseline=None,
        rule={"auc": 0.65},
        differences={},
        segments=(),
    )


def decided(subject: Report, model_bytes: int = 1024) -> Decision:
    return judge(subject, THRESHOLDS, model_bytes).decision


def test_better_in_everything_is_promoted_with_its_figures_as_reasons() -> None:
    verdict = judge(report(), THRESHOLDS, 1024)
    assert verdict.decision is Decision.PROMOTE
    assert verdict.reasons[0] == "accuracy 0.8100 against 0.8000 (+0.0090 to +0.0110): better"


@pytest.mark.parametrize(
    ("subject", "decision"),
    [
        (report(0.01, 0.01, -0.005), Decision.REVIEW),
        (report(0.01, -0.03, 0.01), Decision.REVIEW),
        (report(-0.005, -0.005, -0.005), Decision.RETRAIN),
        (report(-0.03, -0.03, -0.03), Decision.REJECT),
        (report(0.01, -0.1, 0.01), Decision.REJECT),
        (report(0.01, 0.01, 0.01, segment(0.05)), Decision.REVIEW),
    ],
    ids=["slightly below", "one dropped", "near but below", "all dropped", "one far below", "a segment"],
)
def test_each_kind_of_change_has_its_own_verdict(subject: Report, decision: Decision) -> None:
    assert decided(subject) is decision


def test_a_difference_within_the_noise_is_no_drop() -> None:
    assert decided(report(-0.03, 0.01, 0.01, noise=0.05)) is Decision.PROMOTE


@pytest.mark.parametrize("small", [segment(0.2, rows=499), segment(0.2, noise=0.3)])
def test_small_and_noisy_segments_decide_nothing(small: Segment) -> None:
    assert decided(report(0.01, 0.01, 0.01, small)) is Decision.PROMOTE


def test_the_segment_that_dropped_is_named_with_both_figures() -> None:
    verdict = judge(report(0.01, 0.01, 0.01, *[segment(0.05)] * 7), THRESHOLDS, 1024)
    assert "segment carrier=AA (1000 rows): f1 0.4500 against 0.5000" in verdict.reasons[3]
    assert verdict.reasons[-1] == "2 more segments dropped as much"


@pytest.mark.parametrize(
    ("subject", "decision"),
    [
        (first(), Decision.PROMOTE),
        (first(auc=0.64), Decision.RETRAIN),
        (first(accuracy=0.59), Decision.RETRAIN),
        (first(accuracy=0.6 * (1 - THRESHOLDS.reject_drop)), Decision.RETRAIN),
        (first(f1=0.05), Decision.REJECT),
    ],
    ids=["good enough", "no better than one rule", "nearly", "as far below as is near", "far below"],
)
def test_a_first_model_is_held_against_its_floors(subject: Report, decision: Decision) -> None:
    assert decided(subject) is decision


def test_a_model_too_large_for_the_endpoint_is_rejected_whatever_it_scores() -> None:
    verdict = judge(report(), THRESHOLDS, 200 * 1024**2)
    assert verdict.decision is Decision.REJECT
    assert verdict.reasons == ("the model takes 200 MB, the limit is 100 MB",)


drops = st.floats(-0.3, 0.19)


@given(drops, drops, drops, st.floats(0, 0.2))
def test_doing_worse_in_everything_never_gets_a_better_verdict(
    accuracy: float, f1: float, auc: float, worse: float
) -> None:
    order = [Decision.PROMOTE, Decision.REVIEW, Decision.RETRAIN, Decision.REJECT]
    before = decided(report(accuracy, f1, auc))
    after = decided(report(accuracy - worse, f1 - worse, auc - worse))
    assert order.index(after) >= order.index(before)
