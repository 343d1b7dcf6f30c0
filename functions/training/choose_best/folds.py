"""Chooses among the configurations of a sweep by the mean of their folds, and says why."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.candidate import Candidate, TrainedCandidate
from contracts.failures import TrainingFailed
from functions.training.choose_best.choice import refuse_too_many_failures, unreported
from functions.training.choose_best.standing import Comparison, Standing, ordered


def best_of_folds(
    results: Sequence[Mapping[str, Any]],
    configurations: Sequence[Mapping[str, Any]],
    jobs: int,
    metric: str,
    direction: str,
    tolerated_percentage: int,
) -> tuple[Candidate, Comparison]:
    """The configuration with the best mean over all its folds, and how all did; of equals the one that varies
    least, then the cheaper, then the first by id.

    `results` are those of `jobs` jobs, named `<configuration>-fold<number>`, as `best_of` takes them. Raises
    TrainingFailed when more failed than is tolerated or no configuration has all its folds, and
    ConfigurationRejected when nobody reports the metric.
    """
    failed = [result for result in results if "error" in result]
    trained = [TrainedCandidate.from_dict(result) for result in results if "error" not in result]
    refuse_too_many_failures(failed, jobs - len(trained), jobs, tolerated_percentage)
    if not any(metric in one.metrics for one in trained):
        raise unreported(metric, trained)
    folds, tried = jobs // len(configurations), [Candidate.from_dict(one) for one in configurations]
    standings = ordered([_standing(one.id, folds, trained, failed, metric) for one in tried], direction)
    if standings[0].mean is None:
        table = "; ".join(f"{one.id}: {one.missing}" for one in standings)
        raise TrainingFailed(f"no configuration has all its {folds} folds, so none can be chosen. {table}")
    winner = next(one for one in tried if one.id == standings[0].id)
    explanation = _explanation(standings, metric, folds)
    return winner, Comparison(metric=metric, folds=folds, standings=standings, explanation=explanation)


def _standing(
    name: str,
    folds: int,
    trained: Sequence[TrainedCandidate],
    failed: Sequence[Mapping[str, Any]],
    metric: str,
) -> Standing:
    jobs = [f"{name}-fold{number}" for number in range(folds)]
    mine = [one for one in trained if one.id in jobs and metric in one.metrics]
    seconds = sum(one.billable_seconds for one in trained if one.id in jobs)
    if len(mine) == folds:
        values = [float(one.metrics[metric]) for one in mine]
        mean, deviation = statistics.fmean(values), statistics.stdev(values)
        return Standing(id=name, mean=mean, deviation=deviation, billable_seconds=seconds)
    errors = {str(one["id"]): str(one["error"]) for one in failed}
    absent = sorted(set(jobs) - {one.id for one in mine})
    missing = ", ".join(f"{job}: {errors.get(job, f'no {metric}')}" for job in absent)
    return Standing(id=name, mean=None, billable_seconds=seconds, missing=missing)


def _explanation(standings: Sequence[Standing], metric: str, folds: int) -> str:
    best = standings[0]
    text = f"{best.id} has the best {metric}: {best.mean:.6g} ± {best.deviation:.3g} over {folds} folds"
    rivals = [one.id for one in standings[1:] if one.mean == best.mean]
    if rivals:
        text += f"; {', '.join(rivals)} is as good: it varies more, costs more, or comes later by name"
    left_out = [f"{one.id} ({one.missing})" for one in standings if one.mean is None]
    if left_out:
        text += f"; without all folds, so not compared: {', '.join(left_out)}"
    return text
