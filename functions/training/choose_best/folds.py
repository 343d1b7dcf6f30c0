"""Chooses among the configurations of a sweep by the mean of their folds, and says why."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.candidate import Candidate, TrainedCandidate
from contracts.failures import TrainingFailed
from functions.training.choose_best.choice import refuse_too_many_failures, unreported


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a configuration did: mean and sample standard deviation of the objective over its folds. One with a
    fold missing is not comparable: it has neither, and `missing` says why."""

    id: str
    mean: float | None
    deviation: float | None
    billable_seconds: int
    missing: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, without what there is not."""
        return {name: value for name, value in vars(self).items() if value not in (None, "")}


@dataclass(frozen=True, kw_only=True)
class CrossValidated:
    """The winner, where every configuration stands (best first), and the reason in words."""

    configuration: Candidate
    standings: tuple[Standing, ...]
    explanation: str

    def to_dict(self) -> dict[str, Any]:
        """What the stage goes on with: the configuration to train on everything, and the comparison."""
        standings = [one.to_dict() for one in self.standings]
        return {
            "configuration": self.configuration.to_dict(),
            "cross_validation": {"explanation": self.explanation, "standings": standings},
        }


def best_of_folds(
    results: Sequence[Mapping[str, Any]],
    configurations: Sequence[Mapping[str, Any]],
    jobs: int,
    metric: str,
    direction: str,
    tolerated_percentage: int,
) -> CrossValidated:
    """The configuration with the best mean over all its folds; of equals the one that varies least, then the
    cheaper, then the first by id.

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
    found = [_standing(one.id, folds, trained, failed, metric) for one in tried]
    if all(one.mean is None for one in found):
        table = "; ".join(f"{one.id}: {one.missing}" for one in found)
        raise TrainingFailed(f"no configuration has all its {folds} folds, so none can be chosen. {table}")
    sign = -1 if direction == "maximize" else 1
    standings = tuple(sorted(found, key=lambda one: _order(one, sign)))
    winner = next(one for one in tried if one.id == standings[0].id)
    return CrossValidated(
        configuration=winner, standings=standings, explanation=_explanation(standings, metric, folds)
    )


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
        return Standing(id=name, mean=mean, deviation=deviation, billable_seconds=seconds, missing="")
    errors = {str(one["id"]): str(one["error"]) for one in failed}
    absent = sorted(set(jobs) - {one.id for one in mine})
    missing = ", ".join(f"{job}: {errors.get(job, f'no {metric}')}" for job in absent)
    return Standing(id=name, mean=None, deviation=None, billable_seconds=seconds, missing=missing)


def _order(one: Standing, sign: int) -> tuple[bool, float, float, int, str]:
    mean = math.inf if one.mean is None else sign * one.mean
    return one.mean is None, mean, one.deviation or 0.0, one.billable_seconds, one.id


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
