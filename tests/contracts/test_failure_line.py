"""A failure written as a line is read back, whatever surrounds it and wherever it was cut."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from contracts.failure_line import failure_line, parse_failure
from contracts.failures import FAILURES, ROOTS

NAMES = sorted(set(FAILURES) - {root.__name__ for root in ROOTS})


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
