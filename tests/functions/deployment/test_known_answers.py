"""Smoke tests: the same model must give the same answers, and fast enough."""

from __future__ import annotations

import pytest

from contracts.failures import ArtifactCorrupt, ConfigurationRejected, SmokeTestFailed
from functions.deployment.smoke_test_endpoint import known_answers


def answer(seen: str, latency_milliseconds: float = 10.0) -> known_answers.Answer:
    return known_answers.Answer(row=0, expected=0.25, seen=seen, latency_milliseconds=latency_milliseconds)


def test_answers_that_differ_in_printed_digits_only_are_right() -> None:
    result = known_answers.verify([answer("0.25"), answer("0.250001", 30)], 100)
    assert result == {"requests": 2, "median_latency_milliseconds": 30, "max_latency_milliseconds": 30}


@pytest.mark.parametrize("seen", ["0.26", "", "<html>", "nan"])
def test_a_wrong_answer_names_the_row_and_both_values(seen: str) -> None:
    with pytest.raises(SmokeTestFailed, match=r"1 of 2 .* row 0 got .* expected 0\.250000"):
        known_answers.verify([answer("0.25"), answer(seen)], 100)


def test_one_slow_first_answer_is_forgiven_but_a_slow_median_is_not() -> None:
    known_answers.verify([answer("0.25", 900), answer("0.25"), answer("0.25")], 100)
    with pytest.raises(SmokeTestFailed, match="the limit is 100 ms"):
        known_answers.verify([answer("0.25", 900), answer("0.25", 900), answer("0.25")], 100)


def test_rows_and_answers_are_paired_up_to_the_number_wanted() -> None:
    pairs = known_answers.pair("a,1\nb,2\n", "0.1\n0.2\n", is_cut=True)
    assert pairs == [("a,1", 0.1), ("b,2", 0.2)]
    many = "a\n" * known_answers.HEAD_BYTES
    assert len(known_answers.pair(many, "0.1\n" * 1000, is_cut=True)) == known_answers.ROWS


def test_a_package_without_known_answers_is_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigurationRejected, match="known-answers-uri"):
        known_answers.uris({"known-inputs-uri": "s3://a/inputs.csv"})
    with pytest.raises(ArtifactCorrupt, match="empty"):
        known_answers.pair("", "", is_cut=True)
