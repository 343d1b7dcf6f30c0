"""The drawn machine: every state once, the path that was taken marked, failures told apart."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from rehearsal.report.graph import draw, taken_transitions
from rehearsal.report.record import RunRecord


def test_visits_are_counted_and_their_order_is_the_path_taken(record: RunRecord) -> None:
    visits, transitions = taken_transitions(record.executions[0]["events"])
    assert visits == {"Prepare": 2, "IsGood": 2, "Done": 1}
    assert transitions == {("Prepare", "IsGood"), ("IsGood", "Prepare"), ("IsGood", "Done")}


def test_every_state_is_drawn_once_and_those_entered_are_marked(record: RunRecord) -> None:
    execution = record.executions[0]
    svg = draw(execution["definition"], execution["events"])
    ElementTree.fromstring(svg)  # noqa: S314 - our own text
    boxes = re.findall(r'class="state (\w+)( taken)?".*?<text[^>]*>([^<]+)</text>', svg)
    assert sorted(boxes) == [
        ("choice", " taken", "IsGood ×2"),
        ("fail", "", "Failed"),
        ("succeed", " taken", "Done"),
        ("task", " taken", "Prepare ×2"),
    ]


def test_arrows_tell_the_path_taken_from_failures_not_caught(record: RunRecord) -> None:
    execution = record.executions[0]
    svg = draw(execution["definition"], execution["events"])
    assert len(re.findall(r'class="arrow taken"', svg)) == 3
    assert len(re.findall(r'class="arrow caught"', svg)) == 1
