"""The drawn machine: every state once, the path that was taken marked, failures told apart."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree

from rehearsal.report.graph import draw, folded, taken_transitions
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


def outcomes(count: int) -> dict[str, Any]:
    ends: dict[str, Any] = {f"End{number}": {"Type": "Fail"} for number in range(count)}
    rules = [{"Next": name} for name in ends]
    caught = {"Type": "Task", "Next": "Which", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Which"}]}
    return {"Work": caught, "Which": {"Type": "Choice", "Choices": rules, "Default": "End0"}, **ends}


def test_many_ends_that_the_run_did_not_come_to_are_one_box() -> None:
    drawn = folded(outcomes(6), Counter({"End2": 1}))
    assert set(drawn) == {"Work", "Which", "End2", "5 other ends"}
    assert drawn["5 other ends"]["Comment"] == "End0, End1, End3, End4, End5"
    assert drawn["Which"]["Default"] == "5 other ends"
    assert set(folded(outcomes(5), Counter({"End2": 1}))) == set(outcomes(5)), "four fit side by side"


def test_a_way_that_both_success_and_a_caught_failure_go_is_drawn_as_success() -> None:
    svg = draw({"StartAt": "Work", "States": outcomes(1)}, [])
    assert 'class="arrow caught"' not in svg


def test_arrows_tell_the_path_taken_from_failures_not_caught(record: RunRecord) -> None:
    execution = record.executions[0]
    svg = draw(execution["definition"], execution["events"])
    assert len(re.findall(r'class="arrow taken"', svg)) == 3
    assert len(re.findall(r'class="arrow caught"', svg)) == 1
