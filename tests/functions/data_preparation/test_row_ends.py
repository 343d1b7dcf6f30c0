"""Rows end where the parser says, read from the front; looking from the back must find the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.data_preparation.validate_schema.row_ends import row_ends


def ends(data: bytes) -> tuple[int, bool]:
    """(the end of the last whole row, whether a quote is open at the end), one character after the other."""
    last, is_quoted, previous, position = 0, False, b"\n", 0
    while position < len(data):
        one = data[position : position + 1]
        if is_quoted and data[position : position + 2] == b'""':
            position += 1
        elif one == b'"':
            is_quoted = not is_quoted and previous in (b",", b"\n", b"\r")
        elif one == b"\n" and not is_quoted:
            last = position + 1
        previous, position = one, position + 1
    return last, is_quoted


@given(st.text(alphabet='",\n\ra', max_size=40))
def test_the_last_row_end_is_the_one_that_reading_from_the_front_finds(text: str) -> None:
    buffer, rows = bytearray(text.encode()), row_ends(",")
    last, is_quoted = ends(bytes(buffer))
    assert rows.last(buffer) == last
    assert (rows.open_quote(buffer, len(buffer)) is not None) == is_quoted


@pytest.mark.parametrize("text", ['"a\n', '"a""\n', 'x,"\n\n', '"a","\n'])
def test_a_buffer_that_ends_in_quotes_holds_no_whole_row(text: str) -> None:
    assert row_ends(",").last(bytearray(text.encode())) == 0


def test_more_quotes_than_are_looked_at_from_the_back_end_in_the_same_place() -> None:
    buffer = bytearray(b'"",' * 5_000 + b'""\n"' + b'""\n' * 5_000)
    assert row_ends(",").last(buffer) == ends(bytes(buffer))[0] == buffer.index(b"\n") + 1
