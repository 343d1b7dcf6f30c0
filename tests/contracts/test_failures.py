from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import failures
from contracts.failures import FAILURES, ROOTS, Failure, failure_line, parse_failure, root_of
from contracts.run import Outcome

NAMES = sorted(set(FAILURES) - {root.__name__ for root in ROOTS})


def test_the_tree_in_the_docstring_names_every_class_once() -> None:
    tree = (failures.__doc__ or "").split("Failure\n", 1)[1]
    for name in FAILURES:
        assert sum(1 for line in tree.splitlines() if f"── {name} " in f"{line} ") == 1, name


def test_every_outcome_that_is_a_failure_is_a_class_of_its_name() -> None:
    failing = {outcome.value for outcome in Outcome if outcome.is_failure}
    assert failing <= FAILURES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_failure_stands_under_exactly_one_root(name: str) -> None:
    assert [root.__name__ for root in ROOTS if issubclass(FAILURES[name], root)] == [root_of(name)]


@given(st.sampled_from(NAMES), st.text())
def test_a_written_failure_is_read_back_out_of_whatever_surrounds_it(name: str, message: str) -> None:
    line = failure_line(FAILURES[name](message))
    found = parse_failure(f"AlgorithmError: {line}, exit code: 1")
    assert type(found) is FAILURES[name]
    assert len(line) <= 960
    assert len(message) > 150 or found.message == message


@given(st.text(max_size=300), st.integers(min_value=32, max_value=2000))
def test_a_line_that_was_cut_anywhere_still_names_its_class(message: str, length: int) -> None:
    cut = failure_line(FAILURES["OutOfMemory"](message))[:length]
    assert type(parse_failure(cut)) is FAILURES["OutOfMemory"]


@given(st.text())
def test_text_without_a_failure_line_reads_as_none(text: str) -> None:
    assert parse_failure(text.replace("{", "")) is None


def test_an_exception_of_others_is_written_as_unknown_with_its_class() -> None:
    assert json.loads(failure_line(KeyError("x"))) == {"error": "UnknownFailure", "message": "KeyError: 'x'"}


def test_a_refusal_names_field_value_rule_and_remedy() -> None:
    refusal = FAILURES["ContextRejected"].about("window.start", "13-2013", "must be YYYY-MM", "Mend it")
    assert str(refusal) == 'window.start is "13-2013": must be YYYY-MM. Mend it'
    assert isinstance(refusal, Failure)
