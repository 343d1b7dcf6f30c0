from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.candidate import TrainedCandidate
from contracts.failures import ConfigurationRejected, TrainingFailed
from functions.training.choose_best import handler
from functions.training.choose_best.choice import best_of
from functions.training.choose_best.handler import handle
from functions.training.choose_best.measures import gpu_share, measures_of, saving_percent


def trained(name: str, auc: float, seconds: int = 10) -> dict[str, Any]:
    return {
        "training_seconds": 40,
        "lost_seconds": 0,
        "interruptions": 0,
        "spot_windows": 1,
        "recoveries": [],
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


def winner(*arguments: Any) -> str:
    return best_of(*arguments)[0].id


FAILED = {"id": "c", "error": "States.TaskFailed", "message": "out of memory"}


@pytest.mark.parametrize(
    ("metric", "direction"), [("validation:auc", "maximize"), ("validation:logloss", "minimize")]
)
def test_the_winner_is_the_best_by_the_objective_in_its_direction(metric: str, direction: str) -> None:
    results = [trained("a", 0.6), trained("b", 0.8), trained("c", 0.7)]
    assert winner(results, 3, metric, direction, 0) == "b"


def test_of_equals_the_cheaper_wins_and_then_the_first_by_id() -> None:
    results = [trained("c", 0.7, 5), trained("b", 0.7, 5), trained("a", 0.7, 9)]
    assert winner(results, 3, "validation:auc", "maximize", 0) == "b"


def test_failures_up_to_the_tolerance_do_not_stop_the_stage() -> None:
    results = [trained("a", 0.6), trained("b", 0.8), trained("d", 0.7), FAILED]
    assert winner(results, 4, "validation:auc", "maximize", 25) == "b"


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
        "run": {"id": "run-1"},
        "trained": [trained("a", 0.6)],
        "candidates": 1,
        "objective": {"metric": "validation:auc", "direction": "maximize"},
        "tolerated_failure_percentage": 0,
    }
    answer = handle(event, None)
    assert answer["candidate"] == trained("a", 0.6)
    assert answer["comparison"]["explanation"] == "a has validation:auc 0.6"
    assert '"BestObjective":[0.6]' in capsys.readouterr().out


def test_all_that_were_tried_are_compared_best_first_with_what_failed_last() -> None:
    silent = {**trained("d", 0.0), "metrics": {}}
    _, comparison = best_of(
        [FAILED, silent, trained("a", 0.6), trained("b", 0.8)], 4, "validation:auc", "maximize", 50
    )
    shown = [(one["id"], one.get("mean"), one.get("missing")) for one in comparison.to_dict()["standings"]]
    assert shown == [
        ("b", 0.8, None),
        ("a", 0.6, None),
        ("c", None, "States.TaskFailed"),
        ("d", None, "no validation:auc"),
    ]
    assert comparison.explanation == "b has the best validation:auc of 4: 0.8"


def test_two_hundred_standings_and_their_reasons_fit_into_a_state() -> None:
    results = [{"id": f"lap0-{number}", "error": "x" * 3000, "message": ""} for number in range(50)]
    results += [trained(f"lap1-{number}", 0.6) for number in range(150)]
    _, comparison = best_of(results, 200, "validation:auc", "maximize", 50)
    assert len(json.dumps(comparison.to_dict())) < 64 * 1024, "of the 256 KiB that a state carries"


def effort(**fields: Any) -> TrainedCandidate:
    return TrainedCandidate.from_dict({**trained("a", 0.6, seconds=30), **fields})


@pytest.mark.parametrize(
    ("training", "lost", "billed", "saving"),
    [(100, 0, 30, 70.0), (100, 40, 30, 50.0), (100, 40, 90, -50.0), (0, 0, 30, None), (40, 40, 30, None)],
)
def test_spot_saves_against_what_training_would_have_cost_without_losses(
    training: int, lost: int, billed: int, saving: float | None
) -> None:
    candidate = effort(training_seconds=training, lost_seconds=lost, billable_seconds=billed)
    assert saving_percent(candidate) == (pytest.approx(saving) if saving is not None else None)


def test_what_a_trainer_does_not_report_and_nobody_measured_is_not_published() -> None:
    [measures] = measures_of(effort(training_seconds=0), gpu_utilization=None)
    absent = {"TrainingSeconds", "Epochs", "EarlyStoppingEpoch", "SpotSavingPercent", "GpuUtilizationPercent"}
    assert not absent & set(measures.values)
    assert measures.values["FinalValidationAuc"] == ("None", 0.6)


def test_recoveries_are_counted_by_their_kind() -> None:
    taken = ["spot_window", "smaller_batch", "spot_window"]
    _, *recoveries = measures_of(effort(recoveries=taken), gpu_utilization=None)
    counted = {one.dimensions["recovery"]: one.values["Recoveries"][1] for one in recoveries}
    assert counted == {"smaller_batch": 1, "spot_window": 2}


def test_the_utilisation_of_several_gpus_is_that_of_one_of_them() -> None:
    hours = [{"Average": 400.0, "SampleCount": 60}, {"Average": 40.0, "SampleCount": 20}]
    assert gpu_share(hours, gpus=4) == pytest.approx(77.5)
    assert gpu_share([], gpus=4) is None


class Metrics:
    """CloudWatch that knows one figure for every host."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def get_metric_statistics(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {"Datapoints": [{"Average": 98.0, "SampleCount": 1}]}


@pytest.mark.parametrize(("machine", "share"), [("ml.g5.xlarge", 98.0), ("ml.m5.xlarge", None)])
def test_gpus_are_asked_about_only_where_there_are_some(
    monkeypatch: pytest.MonkeyPatch, machine: str, share: float | None
) -> None:
    fake = Metrics()
    monkeypatch.setattr(handler, "client", lambda _: fake)
    assert handler.gpu_utilization(effort(instance_type=machine)) == share
    hosts = [one["Dimensions"] for one in fake.asked]
    assert hosts == ([[{"Name": "Host", "Value": "job-a/algo-1"}]] if share else [])
