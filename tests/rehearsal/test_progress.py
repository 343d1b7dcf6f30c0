"""Steps without a terminal: a line for each start and note, silence for counts, a word for failure."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from rehearsal.progress import Steps


def lines(text: str) -> list[str]:
    return [re.sub(r"^ *\d+\.\d s  ", "", line) for line in text.splitlines()]


@pytest.mark.parametrize("is_terminal", [False, True])
def test_notes_are_shown_where_somebody_reads_them(is_terminal: bool) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=is_terminal, width=120)
    with Steps(console) as steps, steps.step("Land", total=2) as step:
        step.advance(1)
        step.note("6 files")
    assert "6 files" in shown.getvalue()
    assert is_terminal or lines(shown.getvalue()) == ["Land", "Land: 6 files"]


def test_a_step_that_raises_is_marked_and_the_error_goes_on() -> None:
    shown = io.StringIO()
    with pytest.raises(KeyError), Steps(Console(file=shown, width=120)) as steps, steps.step("Deploy"):
        raise KeyError("x")
    assert lines(shown.getvalue()) == ["Deploy", "Deploy: failed"]


def test_square_brackets_of_a_note_are_text_and_no_markup() -> None:
    shown = io.StringIO()
    with Steps(Console(file=shown, width=120)) as steps, steps.step("Check") as step:
        step.note("[red]x[/red]")
    assert lines(shown.getvalue())[-1] == "Check: [red]x[/red]"


def test_a_long_note_stays_on_one_line_where_nobody_looks_at_a_terminal() -> None:
    shown = io.StringIO()
    with Steps(Console(file=shown, width=40)) as steps, steps.step("Report page") as step:
        step.note("/a/folder/with/a/long/path/" * 5)
    assert len(lines(shown.getvalue())) == 2


def test_a_failed_step_is_crossed_out_on_a_terminal() -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=120)
    with pytest.raises(KeyError), Steps(console) as steps, steps.step("Deploy"):
        raise KeyError("x")
    assert "✗" in shown.getvalue() and "failed" in shown.getvalue()
    assert "✓" not in shown.getvalue()
