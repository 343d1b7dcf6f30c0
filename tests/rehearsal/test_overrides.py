"""Single settings for one rehearsal, put in place in the whole sections that the program reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rehearsal.errors import WrongArgumentError
from rehearsal.overrides import overridden

ROOT = Path(__file__).resolve().parents[2]


def test_one_setting_changes_and_its_section_stays_as_it_was() -> None:
    changed = json.loads(overridden(ROOT, "dev", ["approval.isRequired=true"])["trainyard:approval"])
    assert changed["isRequired"] is True
    assert changed["canStarterApprove"] is False


def test_several_settings_of_one_section_are_put_in_together() -> None:
    given = ["training.spot.isUsed=false", "trainyard:training.spot.maxWindows=2"]
    sections = overridden(ROOT, "dev", given)
    spot = json.loads(sections["trainyard:training"])["spot"]
    assert list(sections) == ["trainyard:training"]
    assert (spot["isUsed"], spot["maxWindows"]) == (False, 2)


def test_values_are_yaml_and_keep_their_types(tmp_path: Path) -> None:
    given = ["a.flag=yes", "a.number=3", "a.list=[x, y]", "a.text='3'"]
    assert json.loads(overridden(tmp_path, "none", given)["trainyard:a"]) == {
        "flag": True,
        "number": 3,
        "list": ["x", "y"],
        "text": "3",
    }


@pytest.mark.parametrize("assignment", ["training", "training=1", "training.spot", "training..x=1"])
def test_an_assignment_without_a_path_or_value_is_refused(assignment: str) -> None:
    with pytest.raises(WrongArgumentError, match=r"write section\.setting=value"):
        overridden(ROOT, "dev", [assignment])
