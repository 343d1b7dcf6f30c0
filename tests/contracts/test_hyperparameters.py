from __future__ import annotations

import pytest

from contracts.hyperparameters import KNOWN, problems


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_depth", 0),
        ("max_depth", 2.5),
        ("max_depth", "deep"),
        ("max_depth", "4.0"),
        ("max_depth", True),
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("num_boost_round", 10**6),
        ("colsample", 0.5),
    ],
)
def test_a_value_of_wrong_type_range_or_name_is_a_problem(name: str, value: float) -> None:
    [(seen, _)] = problems("xgboost", {name: value})
    assert seen == name


def test_ends_of_a_range_and_numbers_as_text_are_allowed() -> None:
    values = {"max_depth": 20, "learning_rate": 1, "subsample": "0.01", "seed": "0", "gamma": 0.0}
    assert list(problems("xgboost", values)) == []


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    [(_, rule)] = problems("xgboost", {"eta": 0.1})
    assert "learning_rate" in rule
    assert set(KNOWN["xgboost"]) >= {"max_depth", "checkpoint_seconds"}


def test_a_batch_of_nothing_and_an_unknown_word_are_problems() -> None:
    found = dict(problems("torch", {"batch_size": 0, "precision": "float8", "dropout": 0.5}))
    assert found["batch_size"] == "must be a whole number from 1 to 1048576"
    assert found["precision"] == "must be one of auto, float32, tfloat32, bfloat16, float16"
    assert "dropout" not in found


def test_what_does_not_go_together_is_refused_though_each_may_be_given() -> None:
    given = {"precision": "float16", "parallelism": "sharded"}
    [(name, rule)] = problems("torch", given)
    assert name == "precision" and "bfloat16" in rule
    assert list(problems("torch", {**given, "parallelism": "replicated"})) == []
