from __future__ import annotations

from typing import Any

import pytest

from contracts.failures import ConfigurationRejected, TrainingFailed
from functions.training.choose_best.choice import best_of
from functions.training.choose_best.handler import handle


def trained(name: str, auc: float, seconds: int = 10) -> dict[str, Any]:
    return {
        "id": name,
        "job_name": f"job-{name}",
        "model_uri": f"s3://a/{name}/model.tar.gz",
        "metrics": {"validation:auc": auc, "validation:logloss": 1 - auc},
        "hyperparameters": {"max_depth": "6"},
        "instance_type": "ml.m5.xlarge",
        "billable_seconds": seconds,
        "attempts": 1,
        "is_spot": True,
    }


FAILED = {"id": "c", "error": "States.TaskFailed", "message": "out of memory"}


@pytest.mark.parametrize(
    ("metric", "direction"), [("validation:auc", "maximize"), ("validation:logloss", "minimize")]
)
def test_the_winner_is_the_best_by_the_objective_in_its_direction(metric: str, direction: str) -> None:
    results = [trained("a", 0.6), trained("b", 0.8), trained("c", 0.7)]
    assert best_of(results, 3, metric, direction, 0).id == "b"


def test_of_equals_the_cheaper_wins_and_then_the_first_by_id() -> None:
    results = [trained("c", 0.7, 5), trained("b", 0.7, 5), trained("a", 0.7, 9)]
    assert best_of(results, 3, "validation:auc", "maximize", 0).id == "b"


def test_failures_up_to_the_tolerance_do_not_stop_the_stage() -> None:
    results = [trained("a", 0.6), trained("b", 0.8), trained("d", 0.7), FAILED]
    assert best_of(results, 4, "validation:auc", "maximize", 25).id == "b"


def test_too_many_failures_fail_the_stage_with_their_table() -> None:
    with pytest.raises(
        TrainingFailed, match=r"1 of 3 candidates failed.*c: States.TaskFailed: out of memory"
    ):
        best_of([trained("a", 0.6), trained("b", 0.8), FAILED], 3, "validation:auc", "maximize", 25)


def test_results_that_went_missing_count_as_failures() -> None:
    with pytest.raises(TrainingFailed, match="3 of 4 candidates failed"):
        best_of([trained("a", 0.6)], 4, "validation:auc", "maximize", 50)


def test_no_trained_candidate_is_a_failure_even_when_all_are_tolerated() -> None:
    with pytest.raises(TrainingFailed, match="1 of 1"):
        best_of([FAILED], 1, "validation:auc", "maximize", 100)


def test_an_objective_that_no_job_reports_is_refused_by_its_setting() -> None:
    with pytest.raises(ConfigurationRejected, match=r"training.objectiveMetric is 'validation:f1'"):
        best_of([trained("a", 0.6)], 1, "validation:f1", "maximize", 0)


def test_the_handler_answers_with_the_candidate_and_publishes_its_metrics(capsys: Any) -> None:
    event = {
        "trained": [trained("a", 0.6)],
        "candidates": 1,
        "objective": {"metric": "validation:auc", "direction": "maximize"},
        "tolerated_failure_percentage": 0,
    }
    assert handle(event, None) == {"candidate": trained("a", 0.6)}
    assert '"BestObjective":[0.6]' in capsys.readouterr().out
