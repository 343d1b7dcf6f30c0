"""Messages keep to what SNS and Step Functions take."""

from __future__ import annotations

from contracts.message import MESSAGE_CHARACTERS, message


def test_a_message_is_its_lines_under_its_subject():
    assert message("flights: 1 file", ["a", "", "b"]) == {"subject": "flights: 1 file", "message": "a\n\nb"}


def test_what_is_too_long_is_cut_and_the_message_says_by_how_much():
    long = message("s" * 101, ["x" * MESSAGE_CHARACTERS, "yy"])
    assert long["subject"] == "s" * 100
    assert long["message"].endswith("x\n… and 3 characters more")
