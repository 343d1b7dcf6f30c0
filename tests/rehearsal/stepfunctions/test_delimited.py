"""Text delimited files by AWS's rules, which are not those of Python's csv."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.stepfunctions.delimited import parse_rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('abc,"1,2"\n', [["abc", "1,2"]]),
        ('"a ""b"" c"\n', [['a "b" c']]),
        ('{""k"":""v""},1\n', [['{"k":"v"}', "1"]]),
        ('"two\nlines",1\r\n"",2', [["two\nlines", "1"], ["", "2"]]),
        ("C:\\\\Program Files,1\n", [["C:\\Program Files", "1"]]),
        ("a\\,b,c\\d\n", [["a,b", "cd"]]),
        ('\\"x\\"\n', [['"x"']]),
        ("1,\n\n,2", [["1", ""], ["", "2"]]),
        ("", []),
    ],
)
def test_a_row_has_the_fields_that_aws_reads(text: str, rows: list[list[str]]) -> None:
    assert parse_rows(text, ",") == rows


def test_a_backslash_escapes_only_the_delimiter_of_the_file() -> None:
    assert parse_rows("a\\|b|c\\,d\n", "|") == [["a|b", "c,d"]]


CELLS = st.lists(st.text("ab ,;\n", max_size=4), min_size=2, max_size=3)


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_quoted_cells_come_back_as_they_were_written(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([*rows, ['"', "\\\\"]])
    assert parse_rows(text.getvalue(), ",") == [*rows, ['"', "\\"]]
