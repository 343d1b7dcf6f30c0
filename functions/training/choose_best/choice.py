"""Chooses the winner of a sweep by the declared objective, or fails the stage with the table of failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.candidate import TrainedCandidate
from contracts.failures import ConfigurationRejected, TrainingFailed
from functions.training.choose_best.standing import Comparison, Standing, ordered


def best_of(
    results: Sequence[Mapping[str, Any]],
    candidates: int,
    metric: str,
    direction: str,
    tolerated_percentage: int,
) -> tuple[TrainedCandidate, Comparison]:
    """The trained candidate with the best objective, and how all did; of equals the cheaper wins, then the
    first by id.

    A result is a TrainedCandidate's JSON, or `{"id", "error", "message"}`; `candidates` is how many were
    tried, so results that went missing count as failed. Raises TrainingFailed when more failed than is
    tolerated, and ConfigurationRejected when nobody reports the metric.
    """
    failed = [result for result in results if "error" in result]
    trained = {one.id: one for one in (TrainedCandidate.from_dict(it) for it in results if "error" not in it)}
    refuse_too_many_failures(failed, candidates - len(trained), candidates, tolerated_percentage)
    if not any(metric in one.metrics for one in trained.values()):
        raise unreported(metric, list(trained.values()))
    found = [_standing(one, metric) for one in trained.values()]
    lost = [Standing(id=one["id"], mean=None, missing=str(one["error"])) for one in failed]
    standings = ordered([*found, *lost], direction)
    best = standings[0]
    rank = f"the best {metric} of {candidates}:" if candidates > 1 else metric
    explanation = f"{best.id} has {rank} {best.mean:.6g}"
    comparison = Comparison(metric=metric, folds=0, standings=standings, explanation=explanation)
    return trained[best.id], comparison


def _standing(one: TrainedCandidate, metric: str) -> Standing:
    value = one.metrics.get(metric)
    return Standing(
        id=one.id,
        mean=None if value is None else float(value),
        billable_seconds=one.billable_seconds,
        missing="" if value is not None else f"no {metric}",
    )


def unreported(metric: str, trained: Sequence[TrainedCandidate]) -> ConfigurationRejected:
    """The failure of an objective that nobody reports, with what is reported."""
    reported = sorted({name for candidate in trained for name in candidate.metrics})
    return ConfigurationRejected(
        f"training.objectiveMetric is {metric!r}: no job reports it; reported are "
        f"{', '.join(reported) or 'none'}. Set one of these, or let the trainer print it"
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
