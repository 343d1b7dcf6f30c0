"""The drawn flows are those of the definitions."""

from __future__ import annotations

from delivery.flows import drawn, mermaid

DEFINITION = {
    "States": {
        "IsValid": {
            "Type": "Choice",
            "Choices": [{"Next": "Done", "Comment": 'says "yes"'}],
            "Default": "Bad",
        },
        "Work": {"Type": "Task", "Next": "Done", "Catch": [{"Next": "Bad"}]},
        "Done": {"Type": "Succeed"},
        "Bad": {"Type": "Fail"},
    }
}


def test_every_drawing_in_the_docs_is_up_to_date_with_its_definition() -> None:
    stale = [path.name for path, text in drawn().items() if not path.exists() or path.read_text() != text]
    assert not stale, "run `make flows` and commit what it draws"


def test_choices_catches_and_ends_are_drawn_each_in_their_own_way() -> None:
    lines = [line.strip() for line in mermaid(DEFINITION).splitlines()]
    assert 'IsValid -->|"says #quot;yes#quot;"| Done' in lines
    assert 'IsValid -->|"otherwise"| Bad' in lines
    assert "Work -.-> Bad" in lines
    assert 'IsValid{"IsValid"}' in lines
    assert 'Done(["Done"])' in lines
    assert 'Bad(["Bad"]):::failure' in lines
