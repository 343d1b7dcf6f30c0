"""Hyperparameters: strings in, typed and bounded values out, every error naming the field."""

from __future__ import annotations

import pytest

from contracts.failures import ConfigurationRejected


def read(**texts):
    from trainer.train import settings_of

    return settings_of(texts)


def test_strings_become_typed_values_and_the_rest_defaults():
    settings = read(max_depth="3", learning_rate="5e-2", min_child_weight="4")
    assert (settings.max_depth, settings.learning_rate, settings.min_child_weight) == (3, 0.05, 4.0)
    assert settings.num_boost_round == read().num_boost_round


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("max_depth", "3.5"),
        ("max_depth", ""),
        ("num_boost_round", "0"),
        ("learning_rate", "nan"),
        ("learning_rate", "1.01"),
        ("subsample", "inf"),
        ("seed", "-1"),
    ],
)
def test_a_value_out_of_type_or_range_is_refused_by_name(name, text):
    with pytest.raises(ConfigurationRejected, match=rf"hyperparameters\.{name}.*from"):
        read(**{name: text})


def test_an_unknown_hyperparameter_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationRejected, match=r"hyperparameters\.depth.*max_depth"):
        read(depth="3")


def test_a_lower_rate_may_resume_but_another_depth_may_not():
    assert read(learning_rate="0.05").identity == read(learning_rate="0.1").identity
    assert read(max_depth="3").identity != read(max_depth="4").identity
