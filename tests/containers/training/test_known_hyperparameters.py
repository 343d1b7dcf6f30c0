"""The trainers take what the contract says is checked before a job starts, no more and no less."""

from __future__ import annotations

from dataclasses import fields

import pytest

from contracts.hyperparameters import KNOWN, Range, Words


@pytest.mark.parametrize("algorithm", KNOWN)
def test_every_trainer_knows_the_names_and_ranges_that_are_checked_before(algorithm):
    from trainer.train import ALGORITHMS

    taken = {
        one.name: Words(one.metadata["words"])
        if "words" in one.metadata
        else Range(one.metadata["low"], one.metadata["high"], isinstance(one.default, int))
        for one in fields(ALGORITHMS[algorithm])
    }
    assert taken == dict(KNOWN[algorithm])


def test_every_algorithm_of_the_trainers_is_checked_before_it_is_paid_for():
    from trainer.train import ALGORITHMS

    assert set(ALGORITHMS) == set(KNOWN)


def test_what_a_tuner_adds_for_itself_is_no_hyperparameter_of_ours():
    from trainer.train import settings_of

    assert settings_of({"_tuning_objective_metric": "validation:auc"}) == settings_of({})
