"""What is checked before a state machine is accepted, on definitions alone."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.stepfunctions.creation import check_name
from rehearsal.stepfunctions.definitions import is_distributed, resources, states_of
from rehearsal.stepfunctions.paging import page

NESTED: dict[str, Any] = {
    "States": {
        "Fork": {
            "Type": "Parallel",
            "Branches": [{"States": {"A": {"Type": "Task", "Resource": "arn:a"}}}, {"States": {}}],
        },
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "States": {"B": {"Type": "Task", "Resource": "arn:b"}},
            },
        },
    }
}


def test_resources_are_found_inside_branches_and_item_processors() -> None:
    assert list(resources(NESTED)) == ["arn:a", "arn:b"]


def test_only_a_map_in_distributed_mode_is_a_distributed_map() -> None:
    assert [is_distributed(state) for state in states_of(NESTED)] == [False, False, True, False]


@pytest.mark.parametrize("name", ["a b", "a/b", "a:b", "a?", "a*", 'a"', "a\u0007"])
def test_a_name_with_a_forbidden_character_is_refused(name: str) -> None:
    with pytest.raises(ServiceError, match="InvalidName"):
        check_name(name)


def test_names_with_dots_dashes_and_underscores_are_accepted() -> None:
    check_name("trainyard-dev.pipeline_1")


def test_pages_lead_from_one_to_the_next_until_the_end() -> None:
    first = page("rows", [1, 2, 3], {"maxResults": 2})
    assert first["rows"] == [1, 2]
    assert page("rows", [1, 2, 3], {"nextToken": first["nextToken"]}) == {"rows": [3]}


@pytest.mark.parametrize("token", ["nonsense", base64.b64encode(b"offset=x").decode()])
def test_a_token_that_is_none_of_ours_is_refused(token: str) -> None:
    with pytest.raises(ServiceError, match="InvalidToken"):
        page("rows", [], {"nextToken": token})
