"""Chooses the winner of a sweep by the declared objective, or fails the stage with the table of failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.candidate import TrainedCandidate
from contracts.failures import ConfigurationRejected, TrainingFailed


def best_of(
    results: Sequence[Mapping[str, Any]],
    candidates: int,
    metric: str,
    direction: str,
    tolerated_percentage: int,
) -> TrainedCandidate:
    """The trained candidate with the best objective; of equals the cheaper, then the first by id.

    A result is a TrainedCandidate's JSON, or `{"id", "error", "message"}`; `candidates` is how many were
    tried, so results that went missing count as failed. Raises TrainingFailed when more failed than is
    tolerated, and ConfigurationRejected when nobody reports the metric.
    """
    failed = [result for result in results if "error" in result]
    trained = [TrainedCandidate.from_dict(result) for result in results if "error" not in result]
    refuse_too_many_failures(failed, candidates - len(trained), candidates, tolerated_percentage)
    scored = [candidate for candidate in trained if metric in candidate.metrics]
    if not scored:
        raise unreported(metric, trained)
    sign = -1 if direction == "maximize" else 1
    return min(scored, key=lambda one: (sign * one.metrics[metric], one.billable_seconds, one.id))


def unreported(metric: str, trained: Sequence[TrainedCandidate]) -> ConfigurationRejected:
    """The failure of an objective that nobody reports, with what is reported."""
    reported = sorted({name for candidate in trained for name in candidate.metrics})
    return ConfigurationRejected(
        f"training.objectiveMetric is {metric!r}: no job reports it; reported are "
        f"{', '.join(reported) or 'none'}"
    )


def refuse_too_many_failures(
    failed: Sequence[Mapping[str, Any]], failures: int, candidates: int, tolerated_percentage: int
) -> None:
    """Raises TrainingFailed with the table of failures when more failed than is tolerated, or all."""
    if failures < candidates and failures * 100 <= tolerated_percentage * candidates:
        return
    table = "; ".join(f"{one['id']}: {one['error']}: {str(one.get('message', ''))[:200]}" for one in failed)
    raise TrainingFailed(
        f"{failures} of {candidates} candidates failed, {tolerated_percentage} % are tolerated. {table}"
    )
