"""Folds of a sweep: a job for each configuration and fold, and a winner by their mean."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.candidate import Candidate
from contracts.failures import ConfigurationRejected, TrainingFailed
from functions.training.choose_best.folds import best_of_folds
from functions.training.choose_best.handler import handle
from functions.training.choose_best.standing import Comparison
from functions.training.plan_training.candidates import fold_jobs

FOLDS = {"count": 2, "by": "time", "window": "rolling"}


def configuration(name: str) -> Candidate:
    return Candidate(id=name, algorithm="xgboost", hyperparameters={"max_depth": "4"})


def trained(name: str, auc: float, seconds: int = 10) -> dict[str, Any]:
    return {
        "id": name,
        "job_name": f"job-{name}",
        "model_uri": f"s3://a/{name}/model.tar.gz",
        "metrics": {"validation:auc": auc, "validation:logloss": 1 - auc},
        "hyperparameters": {},
        "instance_type": "ml.m5.xlarge",
        "billable_seconds": seconds,
        "attempts": 1,
        "is_spot": True,
    }


def failed(name: str) -> dict[str, Any]:
    return {"id": name, "error": "OutOfMemory", "message": "no room"}


def both(name: str, first: float, second: float, seconds: int = 10) -> list[dict[str, Any]]:
    return [trained(f"{name}-fold{number}", auc, seconds) for number, auc in enumerate((first, second))]


def chosen(
    results: list[dict[str, Any]], *names: str, tolerated: int = 25, **more: str
) -> tuple[Candidate, Comparison]:
    wanted = {"metric": "validation:auc", "direction": "maximize", **more}
    configurations = [configuration(name).to_dict() for name in names]
    return best_of_folds(results, configurations, 2 * len(names), tolerated_percentage=tolerated, **wanted)


def test_every_configuration_is_a_job_a_fold_with_a_name_of_its_own() -> None:
    jobs = fold_jobs([configuration("lap0-0"), configuration("lap0-1")], FOLDS)
    assert [job.id for job in jobs] == ["lap0-0-fold0", "lap0-0-fold1", "lap0-1-fold0", "lap0-1-fold1"]
    fold = {"folds": "2", "fold": "1", "fold_by": "time", "fold_window": "rolling"}
    assert jobs[1].hyperparameters == {"max_depth": "4", **fold}
    assert Candidate.from_dict(jobs[0].to_dict()) == jobs[0]


def test_the_best_mean_wins_though_another_has_the_best_fold() -> None:
    winner, found = chosen(both("a", 0.7, 0.7) + both("b", 0.9, 0.4), "a", "b")
    assert winner.id == "a" and "fold" not in winner.hyperparameters
    assert [(one.id, one.mean) for one in found.standings] == [("a", 0.7), ("b", pytest.approx(0.65))]
    assert found.standings[1].deviation == pytest.approx(0.3536, abs=1e-4)


def test_a_loss_is_better_when_it_is_lower() -> None:
    results = both("a", 0.7, 0.7) + both("b", 0.8, 0.8)
    winner, _ = chosen(results, "a", "b", metric="validation:logloss", direction="minimize")
    assert winner.id == "b"


def test_of_equal_means_the_steadier_wins_then_the_cheaper_then_the_first() -> None:
    steadier = both("b", 0.5, 0.5) + both("a", 0.25, 0.75)
    assert chosen(steadier, "a", "b")[0].id == "b"
    cheaper = both("b", 0.5, 0.5, 5) + both("a", 0.5, 0.5, 6)
    winner, found = chosen(cheaper, "a", "b")
    assert winner.id == "b" and "a is as good" in found.explanation
    assert chosen(both("b", 0.5, 0.5) + both("a", 0.5, 0.5), "a", "b")[0].id == "a"


def test_a_configuration_without_all_its_folds_is_not_compared_and_named() -> None:
    results = [*both("a", 0.6, 0.6), trained("b-fold0", 0.9), failed("b-fold1")]
    winner, found = chosen(results, "a", "b")
    assert winner.id == "a" and found.standings[1].mean is None
    assert "not compared: b (b-fold1: OutOfMemory)" in found.explanation


def test_folds_that_failed_beyond_the_tolerance_fail_the_stage_with_their_table() -> None:
    results = [*both("a", 0.6, 0.6), failed("b-fold0"), failed("b-fold1")]
    with pytest.raises(TrainingFailed, match=r"2 of 4 .*b-fold0: OutOfMemory: no room; b-fold1"):
        chosen(results, "a", "b")


def test_no_configuration_with_all_its_folds_is_a_failure_even_when_that_many_are_tolerated() -> None:
    results = [trained("a-fold0", 0.6), failed("a-fold1"), trained("b-fold0", 0.9), failed("b-fold1")]
    with pytest.raises(TrainingFailed, match="no configuration has all its 2 folds"):
        chosen(results, "a", "b", tolerated=50)


def test_an_objective_that_no_fold_reports_is_refused_by_its_setting() -> None:
    with pytest.raises(ConfigurationRejected, match=r"training.objectiveMetric is 'validation:f1'"):
        chosen(both("a", 0.6, 0.6), "a", metric="validation:f1")


def test_the_handler_answers_with_the_configuration_and_where_each_one_stands(capsys: Any) -> None:
    event = {
        "run": {"id": "run-1"},
        "trained": both("a", 0.6, 0.8),
        "candidates": 2,
        "configurations": [configuration("a").to_dict()],
        "objective": {"metric": "validation:auc", "direction": "maximize"},
        "tolerated_failure_percentage": 0,
    }
    answer = handle(event, None)
    assert answer["configuration"]["id"] == "a"
    assert (answer["comparison"]["folds"], answer["comparison"]["standings"][0]["mean"]) == (
        2,
        pytest.approx(0.7),
    )
    printed = capsys.readouterr().out
    assert '"FoldsObjective":[0.7' in printed and "BestObjective" not in printed, "the last fit's"
